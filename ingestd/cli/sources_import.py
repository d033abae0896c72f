"""Imports a list of feeds: which are new, as `[[sources]]` in TOML, appended to the configuration file."""

import json
import os
import pwd
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from ingestd.archive.atomic_files import atomic_file
from ingestd.config.load import parse_config
from ingestd.config.settings import Config
from ingestd.fetch import shown_url
from ingestd.identity.urls import normalise
from ingestd.model.errors import ArchiveError, ConfigError, UsageError
from ingestd.sources import opml
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


def source_toml(subscription: opml.ListedFeed) -> str:
    """A subscription as a `[[sources]]` table of the configuration."""
    lines = ["[[sources]]", f"name = {_quoted(subscription.title)}", f"url = {_quoted(subscription.xml_url)}"]
    if subscription.tags:
        lines.append(f"tags = [{', '.join(map(_quoted, subscription.tags))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are valid in TOML, which requires DEL to be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def append_to_config(path: Path, text: str) -> None:
    """Append `text` to a configuration file atomically, with the file's line ends; its present bytes stay.

    Its owner, group and mode stay too. Raises UsageError where the file cannot be written, or the result would not be a
    valid configuration.
    """
    try:
        before = path.read_bytes()
        end = "\r\n" if b"\r\n" in before else "\n"
        complete_lines = before if before.endswith(b"\n") or not before else before + end.encode()
        after = complete_lines + text.replace("\n", end).encode()
        parse_config(after.decode("utf-8-sig"), path, os.environ)
        with atomic_file(path) as stream:
            stream.write(after)
    except ConfigError as error:
        raise UsageError(f"the sources cannot be put behind the end of the configuration: {error}") from error
    except (ArchiveError, OSError) as error:
        cause = error.__cause__ if isinstance(error, ArchiveError) else error
        hint = "try --dry-run"
        if isinstance(cause, PermissionError):
            hint = (
                f"user {_user_name()} may not; run the command with sudo, which leaves owner and mode as they are, "
                "or with --dry-run to see what it would add"
            )
        raise UsageError(f"{path} cannot be changed: {getattr(cause, 'strerror', None) or error}; {hint}") from error


def _user_name() -> str:
    """The name of the user as whom this process runs, or the number where it has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
