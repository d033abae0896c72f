"""Imports a list of feeds: which are new, as `[[sources]]` in TOML, appended to the configuration file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from ingestd.cli.config_file import change_config
from ingestd.config.settings import Config
from ingestd.identity.urls import normalise, shown_url
from ingestd.sources import opml
from ingestd.sources.config_edits import toml_string
from ingestd.text.plain_text import clean_line

#: A longer title is cut, so that a number still fits behind it in a source's name (200 characters at most).
_MAX_NAME_CHARS = 160


def new_subscriptions(found: Sequence[opml.ListedFeed], config: Config, problems: list[str]) -> list[opml.ListedFeed]:
    """The subscriptions whose feeds are not configured; their titles are valid and unused names of sources.

    Feeds are compared by normalised URL. One without a valid URL is added to `problems`.
    """
    urls = {normalise(source.url) for source in config.sources}
    names = {source.name for source in config.sources}
    added = []
    for subscription in found:
        key = normalise(subscription.xml_url)
        if key is None or not subscription.xml_url.isprintable():
            problems.append(
                f"{subscription.title}: no address that can be fetched: {shown_url(subscription.xml_url)!r}"
            )
            continue
        if key in urls:
            continue
        title = _as_source_name(subscription.title) or urlsplit(subscription.xml_url).hostname or "feed"
        name, number = title, 2
        while name in names:
            name, number = f"{title} {number}", number + 1
        urls.add(key)
        names.add(name)
        tags = tuple(dict.fromkeys(tag for text in subscription.tags if (tag := _as_source_name(text))))
        added.append(replace(subscription, title=name, tags=tags))
    return added


def _as_source_name(text: str) -> str:
    """A title as one line of printable text, which a name in the configuration must be; empty where nothing is left."""
    printable = "".join(char for char in clean_line(text) if char.isprintable())
    return printable[:_MAX_NAME_CHARS].strip()


def source_toml(subscription: opml.ListedFeed, kind: str = "feed", links: str | None = None) -> str:
    """A subscription as a `[[sources]]` table of the configuration; `kind` and `links` are those keys."""
    lines = ["[[sources]]", f"name = {toml_string(subscription.title)}", f"url = {toml_string(subscription.xml_url)}"]
    if kind != "feed":
        lines.append(f"kind = {toml_string(kind)}")
    if links is not None:
        lines.append(f"links = {toml_string(links)}")
    if subscription.tags:
        lines.append(f"tags = [{', '.join(map(toml_string, subscription.tags))}]")
    return "\n".join(lines) + "\n"


def append_to_config(path: Path, text: str) -> None:
    """Append `text` to a configuration file, with the file's line ends; its present text stays. Raises UsageError."""

    def with_text(before: str) -> str:
        end = "\r\n" if "\r\n" in before else "\n"
        complete_lines = before if before.endswith("\n") or not before else before + end
        return complete_lines + text.replace("\n", end)

    change_config(path, with_text, failure="the sources cannot be put behind the end of the configuration")
