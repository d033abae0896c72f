"""Keys: the identity keys of an entry, from its link, its guid and the document."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.keys import (
    Key,
    candidate_keys,
    entry_from_url,
    entry_keys,
    entry_link,
    guid_key,
    number_key,
    synthetic_url,
    text_digest,
)
from ingestd.identity.urls import normalise
from ingestd.identity.urls.whatwg import MAX_URL_CHARS
from ingestd.model.feed import Enclosure
from tests.identity.make import SOURCE, A, entry, milliseconds

FEED, HOME = SOURCE.url, "https://x.com/"


def test_a_digest_is_short_and_takes_any_text():
    assert text_digest("x") == "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1"
    assert text_digest("\ud800") == text_digest("?")


@pytest.mark.parametrize(
    ("guid", "key"),
    [
        (" 1 ", "17:1"),
        ("a\0b", "17:ab"),
        ("HTTP://X.com/a", "17:https://x.com/a"),
        ("https://X.com/a?b=1&utm_source=c#d", "17:https://x.com/a?b=1&utm_source=c#d"),
        ("http://x.com/?url=http://y.com/", "17:https://x.com/?url=http://y.com/"),
        ("http://[", "17:https://["),
        ("x" * 500, "17:" + "x" * 500),
        ("x" * 501, "17:" + text_digest("x" * 501)),
    ],
)
def test_the_key_of_a_guid(guid, key):
    assert guid_key(guid, 17) == key


LONG = "https://x.com/storm-1234567?"


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("https://x.com/2024/05/old-headline-1140571.html", "17:#x.com/2024/05/1140571"),
        ("https://x.com/2024/05/old-headline-1140571.html/", "17:#x.com/2024/05/1140571"),
        ("https://x.com/1-2/storm-1234567-3", "17:#x.com/1-2/1234567-3"),
        ("https://x.com/%E6%9A%B4%E9%9B%A8-57234567", "17:#x.com/57234567"),
        ("https://x.com/storm-1234567?p=2", "17:#x.com/1234567?p=2"),
        ("https://x.com/storm-123456", "17:#x.com/123456"),
        ("https://x.com/storm-12345", None),
        ("https://x.com/storm-20240105", None),
        ("https://x.com/storm-202401051230", None),
        ("https://x.com/storm-20240105-1234567", "17:#x.com/20240105-1234567"),
        ("https://x.com/storm", None),
        # Nothing in it could change: no headline in the last part, or a fragment that names the article.
        ("https://x.com/storm/1234567", None),
        ("https://x.com/s1234567", None),
        ("https://x.com/storm-1234567#part", None),
        (LONG + "x" * 482, "17:#x.com/1234567?" + "x" * 482),
        (LONG + "x" * 483, None),
    ],
)
def test_the_key_of_the_number_in_a_link(link, key):
    assert number_key(link, 17) == key


@pytest.mark.parametrize(
    ("link", "guid", "url"),
    [
        (" https://X.com/a ", None, "https://x.com/a"),
        ("http:x.com/a", None, None),
        ("http:x.com/a", "https://x.com/b", "https://x.com/b"),
        (None, "http:x.com/a", None),
        ("https://me:secret@x.com/a//b", None, "https://x.com/a//b"),
        ("https://me@x.com/a@b/c", None, "https://x.com/a@b/c"),
        ("https://x.com/a@b", None, "https://x.com/a@b"),
    ],
)
def test_the_link_of_an_entry(link, guid, url):
    assert entry_link(entry("T", link, guid)) == url


@pytest.mark.parametrize(
    ("feed", "of", "url"),
    [
        ("HTTP://X.com/feed", entry("T", None, "guid-1"), "http://x.com/feed#guid=guid-1"),
        ("file:///feed.xml", entry("T", None, "guid-1"), "file:///feed.xml#guid=guid-1"),
        (FEED + "#rss", entry("T", None, " guid 1 "), FEED + "#guid=guid%201"),
        (FEED, entry("T", None, "x" * 500), FEED + "#guid=" + "x" * 500),
        (FEED, entry("T", None, "x" * 501), FEED + "#guid=" + text_digest("x" * 501)),
        # Without a guid: by title and date, else by the text, else by the files.
        (FEED, entry(" Storm  closes\n"), FEED + "#guid=" + text_digest("Storm closes\n")),
        (FEED, entry("Storm", None, None, 1), FEED + "#guid=" + text_digest(f"Storm\n{milliseconds(1)}")),
        (FEED, entry(text=" short ", content=" long "), FEED + "#guid=" + text_digest("long")),
        (FEED, entry(text=" short ", content=" "), FEED + "#guid=" + text_digest("short")),
        (
            FEED,
            entry(enclosures=(Enclosure("https://x.com/1"), Enclosure("https://x.com/2"))),
            FEED + "#guid=" + text_digest("https://x.com/1 https://x.com/2"),
        ),
    ],
)
def test_an_entry_without_a_link_has_a_synthetic_url(feed, of, url):
    source = replace(SOURCE, url=feed)
    assert entry_from_url(of, source) == url
    assert candidate_keys(of, source).synthetic_by_guid == url.replace("http://", "https://")


def test_a_synthetic_url_begins_with_the_shared_link():
    of = entry("Storm", A + "#part", "guid-1")
    assert synthetic_url(of, SOURCE, use_guid=True) == A + "#guid=guid-1"
    assert synthetic_url(of, SOURCE, use_guid=False) == A + "#guid=" + text_digest("Storm\n")


def test_a_synthetic_url_that_would_be_too_long_begins_with_the_url_of_the_feed():
    """Ten characters are left of what a URL may have, for the mark."""
    room = MAX_URL_CHARS - 10 - len("https://x.com/") - len("guid-1")
    fits, long = (f"https://x.com/{'a' * length}" for length in (room, room + 1))
    assert synthetic_url(entry("T", fits, "guid-1"), SOURCE, use_guid=True) == fits + "#guid=guid-1"
    hashed = "#guid=" + text_digest(long + "#guid-1")
    of = entry("T", long, "guid-1")
    assert synthetic_url(of, SOURCE, use_guid=True) == FEED + hashed
    assert synthetic_url(of, replace(SOURCE, url=FEED + "#rss"), use_guid=True) == FEED + hashed
    deep = "https://x.com/" + "f" * 3000
    assert synthetic_url(of, replace(SOURCE, url=deep), use_guid=True) == deep[:2000] + hashed


def test_a_blank_guid_is_no_key():
    assert entry_keys(entry("T", A, " "), 17) == (Key("link", A),)
    assert entry_keys(entry("T", A, "1"), 17) == (Key("link", A), Key("guid", "17:1"))


@pytest.mark.parametrize(
    ("of", "url"),
    [
        (entry("T", "https://example.com/新闻?utm_source=x"), "https://example.com/%E6%96%B0%E9%97%BB?utm_source=x"),
        (entry("T", None, " http://example.com/1 "), "http://example.com/1"),
        (entry("T", None, "t3_x/y"), "https://example.com/feed.xml#guid=t3_x%2Fy"),
        (entry("T", "javascript:alert(1)", "t3"), "https://example.com/feed.xml#guid=t3"),
    ],
)
def test_from_is_the_link_else_the_guid_else_a_synthetic_url(of, url):
    assert entry_from_url(of, SOURCE) == url


def test_keys_are_valid_database_text():
    broken = entry("T", None, "a\0b\ud800")
    keys = [*key_entries([broken], SOURCE).keys, *(key.key for key in entry_keys(broken, 17))]
    assert "17:ab?" in keys
    assert all("\0" not in key and key.encode() for key in keys)


LINKS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "https://example.com/a?b=1&utm_source=x",
            "http://EXAMPLE.com:80/%7Ea/../b#/route",
            "https://www.google.com/amp/s/example.com/a",
            "https://example.com/" + "x" * 4070,
            "https://example.com/%e4%b8%ad|" + "%41" * 900,
            "https://user@例え.jp/?q=<>",
        ]
    ),
    st.text(max_size=30).map("https://example.com/".__add__),
)


@settings(deadline=None)
@given(
    link=LINKS, guid=st.one_of(st.none(), st.text(max_size=40), st.text(min_size=501, max_size=510)), title=st.text()
)
def test_the_key_of_a_synthetic_url_is_its_normalised_form(link, guid, title):
    of = entry(title, link, guid, text="what it says")
    keys = candidate_keys(of, SOURCE)
    for url, key in (
        (synthetic_url(of, SOURCE, use_guid=True), keys.synthetic_by_guid),
        (synthetic_url(of, SOURCE, use_guid=False), keys.synthetic_by_hash),
    ):
        assert key == (normalise(url) or url)
