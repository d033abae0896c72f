"""Every feed of the corpus gives the values that stand beside it.

A case is a feed and a JSON file of the same name: `call` holds arguments of `parse_feed`, `error` the outcome and
`reason` words of it, the rest are fields of the Feed; `entries` compares the fields that it names, in order.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.errors import PollError
from ingestd.model.feed import Category, Enclosure, Feed, Timestamp

CORPUS = Path(__file__).parents[1] / "corpus"
CASES = sorted(CORPUS.rglob("*.json"))
FEEDS = {path: next(other for other in path.parent.glob(f"{path.stem}.*") if other != path) for path in CASES}
URL = "https://feeds.example/news/feed.xml"


def plain(value: Any) -> Any:
    """A record's value as JSON has it."""
    if isinstance(value, Timestamp):
        return value.utc.isoformat().replace("+00:00", "Z")
    if isinstance(value, Category):
        return value.term if value.scheme is None else [value.term, value.scheme]
    if isinstance(value, Enclosure):
        return [value.url, value.type, value.length]
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def read(case: Path) -> Feed:
    wanted = json.loads(case.read_text("utf-8"))
    call = {"url": URL} | wanted.get("call", {})
    if "now" in call:
        call["now"] = datetime.fromisoformat(call["now"])
    return parse_feed(FEEDS[case].read_bytes(), **call)


def test_the_corpus_is_complete():
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_feed_gives_its_expected_values(case):
    wanted = json.loads(case.read_text("utf-8"))
    if "error" in wanted:
        with pytest.raises(PollError) as caught:
            read(case)
        assert caught.value.outcome == wanted["error"]
        assert all(word in caught.value.reason for word in wanted.get("reason", []))
        return
    feed = read(case)
    for key in wanted.keys() - {"call", "entries"}:
        assert plain(getattr(feed, key)) == wanted[key], key
    assert len(feed.entries) == len(wanted["entries"])
    for entry, expected in zip(feed.entries, wanted["entries"], strict=True):
        assert {key: plain(getattr(entry, key)) for key in expected} == expected
