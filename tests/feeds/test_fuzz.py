"""Any bytes, and any damage to a good feed: a feed or one of three errors."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feeds.test_corpus import CASES, FEEDS
from tests.fuzz.feeds import check

BODIES = [FEEDS[case].read_bytes() for case in CASES]
PIECES = [
    b"<item>", b"</item>", b"<entry>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&", b"&#0;", b"&#xD800;", b"<", b">",
    b'"', b"\x00", b"\xff", b"<rss>", b"</channel>", b"<title>", b"<pubDate>0000-00-00</pubDate>", b"<?xml", b"<a:b>",
    b" xml:base='http://['", b"<link>http://[</link>", b"<!DOCTYPE a [", b"\x1f\x8b", b"<author>@</author>",
    b"xmlns=''",     b"\xfe\xff",
]  # fmt: skip


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes(body):
    check(body)


@given(
    st.sampled_from(BODIES),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(PIECES), st.integers(0, 12)), min_size=1, max_size=6),
)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.slow
def test_any_damage_to_a_good_feed(body, damages):
    for where, piece, removed in damages:
        at = int(where * len(body))
        body = body[:at] + piece + body[at + removed :]
    check(body)


@given(st.sampled_from(BODIES), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_a_feed_cut_anywhere(body, where):
    check(body[: int(where * len(body))])


@pytest.mark.process
def test_the_fuzzer_runs():
    answer = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.feeds", "--seconds", "1"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
