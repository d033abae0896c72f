"""The chart of posts by day and source, and the bars of a source's last days."""

import re
from datetime import date, timedelta

import pytest
from lxml import etree

from ingestd.cli.browse.chart import MAX_COLOURED_SOURCES, OTHERS, nice_maximum, posts_chart, sparkline

TODAY = date(2026, 11, 27)


def drawn(by_day, days=30, names=None):
    chart = posts_chart(by_day, names or {source: f"s{source}" for source in by_day}, today=TODAY, days=days)
    return chart, etree.fromstring(str(chart.svg))


def titles(svg):
    return [title.text for title in svg.iter("title")]


def test_bars_stand_for_days_and_lead_to_their_posts():
    chart, svg = drawn({1: {TODAY: 3, date(2026, 11, 20): 1}, 2: {TODAY: 1, date(2020, 1, 1): 9}})
    assert titles(svg) == ["2026-11-20: 1 posts\ns1: 1", "2026-11-27: 4 posts\ns1: 3\ns2: 1"]
    assert [link.get("href") for link in svg.iter("a")] == [
        "/search?q=since%3A2026-11-20%20until%3A2026-11-20",
        "/search?q=since%3A2026-11-27%20until%3A2026-11-27",
    ]
    assert [(one.name, one.posts, one.path) for one in chart.legend] == [
        ("s1", 4, "/search?q=source%3As1%20since%3A2026-10-29"),
        ("s2", 1, "/search?q=source%3As2%20since%3A2026-10-29"),
    ]
    heights = [float(bar.get("height")) for bar in svg.iter("rect")]
    assert heights[1] == pytest.approx(3 * heights[0])


@pytest.mark.parametrize(
    ("days", "bucket", "bars"), [(30, "a day", 30), (90, "a day", 90), (365, "7 days", 53), (1096, "14 days", 79)]
)
def test_bars_of_long_spans_stand_for_several_days(days, bucket, bars):
    every_day = {TODAY - timedelta(days=ago): 1 for ago in range(2000)}
    chart, svg = drawn({1: every_day}, days)
    assert (chart.bucket, chart.posts) == (bucket, days)
    counts = [int(re.search(r": (\d+) posts", title)[1]) for title in titles(svg)]  # type: ignore[index] # each has one
    assert (len(counts), sum(counts)) == (bars, days)


def test_sources_beyond_the_colours_are_one():
    chart, _ = drawn({number: {TODAY: 100 - number} for number in range(1, MAX_COLOURED_SOURCES + 4)})
    assert [one.colour for one in chart.legend] == list(range(MAX_COLOURED_SOURCES + 1))
    assert chart.legend[-1].name == "3 more"
    assert sum(one.posts for one in chart.legend) == chart.posts


def test_sources_that_were_added_up_before_are_one_with_those_beyond_the_colours():
    by_day = {number: {TODAY: 10 + number} for number in range(1, MAX_COLOURED_SOURCES + 2)}
    chart = posts_chart({**by_day, OTHERS: {TODAY: 999}}, {}, today=TODAY, days=30, others=41)
    assert (chart.legend[-1].name, chart.legend[-1].posts) == ("42 more", 999 + 11)
    assert len(chart.legend) == MAX_COLOURED_SOURCES + 1


def test_names_are_escaped():
    _, svg = drawn({1: {TODAY: 1}}, names={1: '<script>"&'})
    assert titles(svg) == ['2026-11-27: 1 posts\n<script>"&: 1']


def test_nothing_to_draw():
    chart, svg = drawn({})
    assert (chart.posts, chart.legend) == (0, [])
    assert not list(svg.iter("rect"))


@pytest.mark.parametrize(("value", "top"), [(0, 4), (4, 4), (5, 6), (9, 10), (11, 20), (61, 80), (1001, 2000)])
def test_axis_ends_at_a_round_number(value, top):
    assert nice_maximum(value) == top


def test_sparkline():
    svg = etree.fromstring(str(sparkline([0, 2, 4])))
    assert [float(bar.attrib["height"]) for bar in svg.iter("rect")] == [1, 10, 20]
    assert svg.get("aria-label") == "6 posts in 3 days"
