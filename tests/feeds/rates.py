"""Pass rates by field over the corpus, ours beside feedparser alone: python -m tests.feeds.rates.

A field of an entry counts where the case names an expected value for it. Feeds are paired with their expected entries
by position; where the number of entries is wrong, the missing ones count as wrong in every field.
"""

import json
from collections import Counter
from datetime import datetime
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Any

import feedparser

from ingestd.feeds.fields import as_person
from ingestd.model.errors import PollError
from ingestd.text.plain_text import plain_text
from tests.feeds.test_corpus import CASES, FEEDS, URL, plain, read

FIELDS = (
    "entries", "title", "link", "guid", "published", "updated", "authors", "summary", "content", "categories",
    "enclosures",
)  # fmt: skip
Values = dict[str, Any]


def ours(case: Path) -> list[Values]:
    """The entries as `parse_feed` gives them, in the terms of JSON."""
    try:
        feed = read(case)
    except PollError:
        return []
    return [{key: plain(getattr(entry, key)) for key in FIELDS[1:]} for entry in feed.entries]


def theirs(case: Path, call: Values) -> list[Values]:
    """The entries as feedparser gives them for the same bytes and headers, with what it has under other names."""
    headers = {"content-location": URL, "content-type": call.get("content_type") or "application/xml"}
    try:
        answer = feedparser.parse(
            BytesIO(FEEDS[case].read_bytes()),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception:  # noqa: BLE001 - a crash is one of the ways to be wrong
        return []
    return [_as_ours(item) for item in answer.entries]


def _as_ours(item: Any) -> Values:
    content = next((part.get("value", "") for part in item.get("content", ())), "")
    return {
        "title": item.get("title", ""),
        "link": item.get("link"),
        "guid": item.get("id"),
        "published": _time(item, "published_parsed") or _time(item, "created_parsed"),
        "updated": _time(item, "updated_parsed"),
        "authors": [as_person(author.get("name") or author.get("email") or "") for author in item.get("authors", ())],
        # Content is copied into an empty summary.
        "summary": "" if item.get("summary") == content else item.get("summary", ""),
        "content": content,
        "categories": [tag.get("term") for tag in item.get("tags", ())],
        "enclosures": [[file.get("href"), file.get("type"), _length(file.get("length"))] for file in _files(item)],
    }


def _files(item: Any) -> list[Any]:
    return [link for link in item.get("links", ()) if link.get("rel") == "enclosure"]


def _time(item: Any, key: str) -> str | None:
    parsed = dict.get(item, key)
    try:
        return datetime(*parsed[:6]).isoformat() + "Z" if parsed else None  # noqa: DTZ001 - feedparser means UTC
    except ValueError:
        return None


def _length(raw: Any) -> int | None:
    return int(raw) if str(raw).isdecimal() else None


def right(field: str, wanted: Any, got: Any) -> bool:
    """Whether a value is the expected one. Whole seconds are enough, and texts count as what a reader sees of them."""
    if field in ("published", "updated") and wanted and got:
        return str(wanted)[:19] == str(got)[:19]
    if field in ("summary", "content"):
        return plain_text(wanted or "").split() == plain_text(got or "").split()
    if field == "enclosures":
        return [file[0] for file in wanted or ()] == [file[0] for file in got or ()]
    return bool(wanted == got)


def rates() -> dict[str, tuple[int, int, int]]:
    """For each field: the number of expected values, how many of them are ours, how many feedparser's."""
    total: Counter[str] = Counter()
    hits: dict[str, Counter[str]] = {"ours": Counter(), "theirs": Counter()}
    for case in CASES:
        wanted = json.loads(case.read_text("utf-8"))
        if "entries" not in wanted or "known" in wanted.get("call", {}):
            continue
        total["entries"] += 1
        answers = {"ours": ours(case), "theirs": theirs(case, wanted.get("call", {}))}
        for name, entries in answers.items():
            hits[name]["entries"] += len(entries) == len(wanted["entries"])
        for expected, one, other in zip_longest(wanted["entries"], answers["ours"], answers["theirs"]):
            for field in FIELDS[1:]:
                if expected and field in expected:
                    total[field] += 1
                    hits["ours"][field] += right(field, expected[field], (one or {}).get(field))
                    hits["theirs"][field] += right(field, expected[field], (other or {}).get(field))
    return {field: (total[field], hits["ours"][field], hits["theirs"][field]) for field in FIELDS}


def table() -> str:
    """The rates as a table in Markdown."""
    lines = ["| field | values | ingestd | feedparser alone |", "|---|---|---|---|"]
    for field, (total, mine, other) in rates().items():
        lines.append(f"| {field} | {total:,} | {100 * mine / total:.1f} % | {100 * other / total:.1f} % |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
