"""Which entries the rules of a source leave out: words, expressions, both lists, ages, and expressions without end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingestd.model.feed import Category, Entry, Timestamp, ZoneOrigin
from ingestd.model.source import Source
from ingestd.policy import left_out, rules_digest, still_holds
from ingestd.policy.entry_filters import MAX_SLOW_EXPRESSIONS

SOURCE = Source("甲", "https://a.example/feed")
ENTRY = Entry(
    title="福利彩票开奖：Lottery 结果",
    link="https://a.example/video/%E5%BD%A9%E7%A5%A8?id=7",
    guid="tag:a.example,7",
    authors=("王五", "Jane Doe"),
    summary="<p>本期<b>大乐</b>透</p>",
    content="<p>Café hours</p>",
    categories=(Category("sponsored"), Category("体育")),
)


def rule_of(entry: Entry = ENTRY, **rules: tuple[str, ...]) -> str | None:
    return left_out([entry], replace(SOURCE, **rules)).rules.get(0)  # type: ignore[arg-type] # the lists of rules


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ("title: 彩票", True),
        ("title: 体育", False),
        ("title: lottery", True),
        ("title: ＬＯＴＴＥＲＹ", True),
        ("title: lot", False),
        ("title: lottery 结果", True),
        ("title: /lottery/", False),
        ("title: /lottery/i", True),
        ("title: /^福利.*结果$/", True),
        ("url: video", True),
        ("url: /\\/video\\//", True),
        ("url: 彩票", True),
        ("url: vide", False),
        ("author: jane", True),
        ("author: /^Jane Doe$/", True),
        ("category: SPONSORED", True),
        ("category: sponsor", False),
        ("text: 大乐透", True),
        ("text: cafe", True),
        ("text: /<b>/", False),
        ("any: 体育", True),
        ("any: 篮球", False),
    ],
)
def test_what_a_rule_matches(rule, matches):
    assert (rule_of(block=(rule,)) is not None) is matches
    assert (rule_of(keep=(rule,)) is None) is matches


@pytest.mark.parametrize(
    ("keep", "block", "by"),
    [
        ((), (), None),
        (("title: 彩票",), (), None),
        (("title: 天气", "title: 彩票"), (), None),
        (("title: 天气",), (), "keep"),
        ((), ("title: 天气", "any: 体育"), "any: 体育"),
        (("title: 彩票",), ("category: 体育",), "category: 体育"),
    ],
)
def test_block_takes_precedence_over_keep(keep, block, by):
    assert rule_of(keep=keep, block=block) == by


def test_an_entry_without_link_is_judged_by_its_guid():
    assert rule_of(replace(ENTRY, link=None), block=("url: /^tag:/",)) == "url: /^tag:/"


def dated(day: int | None, *, updated: int | None = None) -> Entry:
    def stamp(of: int | None) -> Timestamp | None:
        return Timestamp("", datetime(2026, 3, of, tzinfo=UTC), ZoneOrigin.STATED) if of else None

    return Entry(title="x", published=stamp(day), updated=stamp(updated))


def test_entries_from_before_the_bound_are_left_out_and_those_without_time_are_taken():
    entries = [dated(9), dated(10), dated(None), dated(None, updated=9)]
    source = replace(SOURCE, max_age_s=1.0)
    assert left_out(entries, source, not_before=datetime(2026, 3, 10, tzinfo=UTC)).rules == {0: "max_age", 3: "max_age"}
    assert left_out(entries, source).rules == {}


@pytest.mark.slow
def test_an_expression_that_takes_too_long_leaves_nothing_out_and_is_not_tried_for_ever():
    endless = "title: /^(a|aa)+$/"
    entries = [replace(ENTRY, title="a" * 60 + "!")] * (3 * MAX_SLOW_EXPRESSIONS)
    found = left_out(entries, replace(SOURCE, block=(endless, "url: video")))
    assert found.slow == [endless] * MAX_SLOW_EXPRESSIONS
    assert set(found.rules.values()) == {"url: video"}
    assert left_out(entries[:1], replace(SOURCE, keep=(endless,))).rules == {}


def test_digest_is_that_of_the_rules():
    rules = replace(SOURCE, block=("title: 彩票",))
    assert rules_digest(SOURCE) is None
    assert (
        rules_digest(rules)
        == rules_digest(replace(rules, interval_s=9.0))
        != rules_digest(replace(SOURCE, keep=rules.block))
    )


def test_what_a_rule_left_out_stays_so_while_the_rule_stands():
    rules = replace(SOURCE, block=("title: 彩票",), keep=("any: 天气",))
    assert still_holds("title: 彩票", rules)
    assert not still_holds("title: 天气", rules)
    assert not still_holds("keep", rules), "it is judged by what it says now"
    assert not still_holds("max_age", rules)
    assert still_holds("max_age", replace(rules, max_age_s=1.0))
