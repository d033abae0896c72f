"""What the rules of a source would leave out of its feed as it is now, for `ingestd sources check`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from ingestd.cli.output import print_text
from ingestd.identity.urls import redact, same_site
from ingestd.model.feed import Feed
from ingestd.model.source import Source
from ingestd.policy.entry_filters import NOT_KEPT, TOO_OLD, has_rules, left_out
from ingestd.text.times import utc_now

#: Entries that are shown; `--json` has all.
MAX_SHOWN_ENTRIES = 20
_IN_WORDS = {NOT_KEPT: "no rule of `keep` matches", TOO_OLD: "older than `max_age`, at the first poll"}


def with_mirrors(sources: Sequence[Source]) -> Iterator[Source]:
    """The sources, and behind each its mirrors as sources of their own, named by their host."""
    for source in sources:
        yield source
        for mirror in source.mirrors:
            headers = source.headers if same_site(mirror, source.url) else ()
            yield replace(source, name=f"{source.name} ({urlsplit(mirror).netloc})", url=mirror, headers=headers)


def left_out_columns(feed: Feed, source: Source) -> dict[str, object]:
    """What the rules of a source would leave out of its feed at the first poll, and the rules that took too long."""
    if not has_rules(source):
        return {"filtered": None, "slow_rules": []}
    oldest = None if source.max_age_s is None else utc_now() - timedelta(seconds=source.max_age_s)
    found = left_out(feed.entries, source, not_before=oldest)
    entries = [(feed.entries[position], rule) for position, rule in found.rules.items()]
    filtered = [{"title": entry.title, "url": redact(entry.link or ""), "rule": rule} for entry, rule in entries]
    return {"filtered": filtered, "slow_rules": list(dict.fromkeys(found.slow))}


def print_left_out(row: dict[str, Any]) -> None:
    """Print the entries that would be left out, each with its rule; nothing for a source without rules."""
    if row["filtered"] is None:
        return
    filtered = row["filtered"]
    print_text(f"{row['source']}: the rules would leave out {len(filtered)} of {row['entries']} entries")
    for item in filtered[:MAX_SHOWN_ENTRIES]:
        title = " ".join(item["title"].split()) or item["url"]
        print_text(f"  {title} ({_IN_WORDS.get(item['rule'], item['rule'])})")
    if len(filtered) > MAX_SHOWN_ENTRIES:
        print_text(f"  and {len(filtered) - MAX_SHOWN_ENTRIES} more, which --json lists")
    for rule in row["slow_rules"]:
        print_text(f"  the rule {rule!r} takes too long and leaves nothing out: write it more simply")
