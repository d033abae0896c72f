"""What a worker makes of a feed in one task."""

import pickle
from datetime import UTC, datetime

import pytest

from ingestd.identity.decide import decide
from ingestd.identity.decisions import FreshEntry
from ingestd.identity.urls import DEFAULT_RULES, HostRule, UrlRules
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Entry
from ingestd.model.post import KnownPost
from ingestd.model.source import Source
from ingestd.poll.article_step import MAX_BATCH_CHARS, MAX_BATCH_ENTRIES, batches_by_text
from ingestd.poll.parse_and_identify import (
    MAX_ENTRIES_BUILT_EARLY,
    MAX_ONE_JOB_FEED_BYTES,
    build_posts,
    parse_and_identify,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SOURCE = Source("晨报", "https://news.example/feed", id=3)


def feed(count: int, filler: str = "") -> bytes:
    items = "".join(
        f"<item><title>第{n}条</title><link>https://news.example/{n}</link><guid>g{n}</guid>"
        f"<description>第{n}条的正文。{filler}</description></item>"
        for n in range(count)
    )
    return f"<rss version='2.0'><channel><title>晨报</title>{items}</channel></rss>".encode()


def told(body: bytes, *, known=frozenset(), build=True):
    return parse_and_identify(
        body,
        source=SOURCE,
        rules=DEFAULT_RULES,
        url=SOURCE.url,
        content_type="application/rss+xml",
        known=known,
        now=NOW,
        answered_at=NOW,
        build=build,
    )


def digests(body: bytes) -> list[str]:
    return [item.entry.digest for item in told(body, build=False).keyed_entries.items]


def test_a_first_feed_comes_as_posts_alone():
    parsed = told(feed(20))
    assert [new.post.from_url for new in parsed.posts] == [f"https://news.example/{n}" for n in range(20)]
    assert [new.post.text for new in parsed.posts] == [f"第{n}条的正文。" for n in range(20)]
    assert all(new.seen_at == NOW and new.post.date == NOW for new in parsed.posts)
    assert (parsed.feed.entries, parsed.feed.total, parsed.assumed.fresh, parsed.keyed_entries) == ((), 20, (), None)


def test_the_posts_are_those_that_a_decision_over_the_document_gives():
    body = feed(20)
    whole = told(body, build=False)
    assert whole.posts is None
    assert set(whole.keys) == whole.keyed_entries.keys == set(told(body).keys)
    assert whole.assumed == decide(whole.keyed_entries, SOURCE, {})
    assert told(body).posts == build_posts(whole.assumed.fresh, SOURCE, NOW, DEFAULT_RULES)


@pytest.mark.parametrize(
    ("new", "read"), [(0, True), (1, True), (MAX_ENTRIES_BUILT_EARLY, True), (MAX_ENTRIES_BUILT_EARLY + 1, False)]
)
def test_of_a_feed_that_was_read_before_few_entries_are_read_at_once(new: int, read: bool):
    body = feed(20)
    parsed = told(body, known=frozenset(digests(body)[new:]))
    assert (parsed.posts is not None) == read
    assert len(parsed.keyed_entries.items) == new
    assert len(parsed.feed.known) == 20 - new
    if read:
        assert len(parsed.posts) == new
    else:
        assert len(parsed.assumed.fresh) == new


def test_the_document_is_enough_to_decide_again():
    body = feed(3)
    parsed = told(body, known=frozenset({"another"}))
    key = parsed.keyed_entries.items[0].keys.link
    decisions = decide(parsed.keyed_entries, SOURCE, {key: KnownPost(7, title="第0条", guids=("3:g0",))})
    assert [seen.post_id for seen in decisions.seen] == [7]
    assert len(decisions.fresh) == 2


def test_posts_of_a_large_feed_are_made_later_in_runs():
    parsed = told(feed(9, filler="字" * (MAX_ONE_JOB_FEED_BYTES // 20)))
    assert parsed.posts is None
    cut = list(batches_by_text(parsed.assumed.fresh))
    assert len(cut) > 1 or MAX_ONE_JOB_FEED_BYTES * 9 // 20 <= MAX_BATCH_CHARS
    assert [item for run in cut for item in run] == list(parsed.assumed.fresh)


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ([], []),
        ([1], [1]),
        ([MAX_BATCH_CHARS * 3, 1], [1, 1]),
        ([1, MAX_BATCH_CHARS * 3, 1], [1, 1, 1]),
        ([MAX_BATCH_CHARS // 2] * 5, [2, 2, 1]),
        ([10] * 5000, [MAX_BATCH_ENTRIES, MAX_BATCH_ENTRIES, 1000]),
    ],
)
def test_runs_hold_so_much_text_and_at_least_one_entry(sizes: list[int], counts: list[int]):
    fresh = [
        FreshEntry(Entry(content="x" * (size - size // 2), summary="y" * (size // 2)), "u", (), "") for size in sizes
    ]
    assert [len(run) for run in batches_by_text(fresh)] == counts


def test_other_documents_are_refused():
    with pytest.raises(PermanentError) as refused:
        told(b"<html><body>Log in</body></html>")
    assert refused.value.outcome is Outcome.NOT_A_FEED


def test_rules_are_pickled_unchanged():
    rules = UrlRules(
        drop=("session",), keep=("id",), hosts=(HostRule("a.example", drop=("x*",)),), aliases=(("b", "c"),)
    )
    there = pickle.loads(pickle.dumps(rules))
    assert there == rules
    assert there.of_host("www.a.example") == rules.of_host("www.a.example")
    assert pickle.loads(pickle.dumps(rules)) is there
    assert len(pickle.dumps(DEFAULT_RULES)) < 1000
