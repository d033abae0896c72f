"""Keys: what an entry, its page and its document say under which names an article is known."""

from dataclasses import replace

import pytest

from ingestd.identity import Key, KeyedEntries, entry_from_url, entry_keys, entry_link, guid_key, key_entries, page_keys
from ingestd.identity.keys import candidate_keys, number_key, synthetic_url, text_digest
from ingestd.identity.urls.whatwg import MAX_URL_CHARS
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.feed import Enclosure
from ingestd.model.http import Response
from tests.identity.make import NOW, OTHER_TEXT, SOURCE, TEXT, A, B, entry, milliseconds

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


def test_a_synthetic_url_begins_with_the_link_that_others_have_too():
    of = entry("Storm", A + "#part", "guid-1")
    assert synthetic_url(of, SOURCE, use_guid=True) == A + "#guid=guid-1"
    assert synthetic_url(of, SOURCE, use_guid=False) == A + "#guid=" + text_digest("Storm\n")


def test_a_synthetic_url_that_would_be_too_long_begins_with_the_feeds():
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


# ---------------------------------------------------------------------------------------------------------------------
# A document


def shared(*entries) -> list[tuple[bool, bool]]:
    """Of each entry, whether several articles of the document have its link, and whether they have its guid."""
    return [(item.link_shared, item.guid_shared) for item in key_entries(entries, SOURCE).items]


SHARED = [
    ("neither link nor guid", [entry("Storm", text=TEXT), entry("Sun", text=OTHER_TEXT)], [(False, False)] * 2),
    ("one link, one guid", [entry("Storm", A, "guid-1", 1), entry("Sun", A, "guid-1", 2)], [(False, False)] * 2),
    ("one link, no guids", [entry("Storm", A, None, 1), entry("Sun", A, None, 2)], [(True, False)] * 2),
    (
        "one link, two guids, same title",
        [entry("Storm", A, "guid-1"), entry("Storm", A, "guid-2")],
        [(False, False)] * 2,
    ),
    (
        "one link, two guids, same title on another day",
        [entry("Storm", A, "guid-1", 1), entry("Storm", A, "guid-2", 2)],
        [(True, False)] * 2,
    ),
    (
        "one link, two listings of one article and another article",
        [entry("Storm", A, "guid-1", 1), entry("Storm", A, "guid-2", 1), entry("Rain", A, "guid-3", 2)],
        [(True, False)] * 3,
    ),
    (
        "one home page, same title and day without a text",
        [entry("Storm", HOME, "guid-1", 1), entry("Storm", HOME, "guid-2", 1)],
        [(True, False)] * 2,
    ),
    (
        "one home page, copies",
        [entry("Storm", HOME, "guid-1", 1, TEXT), entry("Storm", HOME, "guid-2", 1, TEXT)],
        [(False, False)] * 2,
    ),
    (
        "one home page, two copies and another article",
        [
            entry("Storm", HOME, "guid-1", 1, TEXT),
            entry("Storm", HOME, "guid-2", 1, TEXT),
            entry("Rain", HOME, "guid-3", 2, TEXT[:40]),
        ],
        [(True, False)] * 3,
    ),
    (
        "one guid, two copies and another article",
        [
            entry("Storm", A, "guid-1", 1, TEXT),
            entry("Storm", B, "guid-1", 1, TEXT),
            entry("Rain", HOME + "a/3", "guid-1", 2, TEXT[:40]),
        ],
        [(False, True)] * 3,
    ),
    (
        "one guid, two links, one of them twice",
        [entry("Storm", A, "guid-1", 1), entry("Sun", A, "guid-1", 2), entry("Rain", B, "guid-1", 3)],
        [(True, True), (True, True), (False, True)],
    ),
    (
        "one guid, the whole text and its two halves",
        [
            entry("Storm", A, "guid-1", 1, TEXT),
            entry("Storm", B, "guid-1", 1, OTHER_TEXT),
            entry("Storm", HOME + "a/3", "guid-1", 1, TEXT + OTHER_TEXT),
        ],
        [(False, False)] * 3,
    ),
    (
        "one guid, one text without a date and on two days",
        [
            entry("Storm", A, "guid-1", None, TEXT),
            entry("Storm", B, "guid-1", 1, TEXT),
            entry("Storm", HOME + "a/3", "guid-1", 2, TEXT),
        ],
        [(False, True)] * 3,
    ),
]


@pytest.mark.parametrize(("entries", "flags"), [row[1:] for row in SHARED], ids=[row[0] for row in SHARED])
def test_keys_that_several_articles_of_a_document_have(entries, flags):
    assert shared(*entries) == flags
    assert shared(*entries[::-1]) == flags[::-1]


@pytest.mark.parametrize(
    ("of", "trusted"),
    [
        (entry("Storm", A, "1234"), True),
        (entry("Storm", A, "123"), False),
        (entry("Storm", A, " 123 "), False),
        (entry("Storm", A, "storm"), False),
        (entry("Storm", A), False),
        (entry("Storm"), False),
        (entry("Storm", None, "1"), True),
        (entry("Storm", None, "storm"), True),
    ],
)
def test_a_guid_that_says_little_is_not_trusted_beside_a_link(of, trusted):
    assert [item.has_reliable_guid for item in key_entries([of], SOURCE).items] == [trusted]


def test_a_text_under_several_titles_tells_nothing():
    document = key_entries(
        [entry("Storm", A, text=TEXT), entry("storm!", B, text=TEXT), entry("Rain", HOME, text=OTHER_TEXT)], SOURCE
    )
    assert [document.features(item).text for item in document.items] == [TEXT, TEXT, OTHER_TEXT]
    document = key_entries([entry("Storm", A, text=TEXT), entry("Rain", B, text=TEXT)], SOURCE)
    assert [document.features(item).text for item in document.items] == ["", ""]
    assert [document.features(item).title for item in document.items] == ["Storm", "Rain"]


def test_a_document_of_nothing():
    assert key_entries([], SOURCE) == KeyedEntries(())
    assert KeyedEntries(()).empty == 0


# ---------------------------------------------------------------------------------------------------------------------
# A page


@pytest.mark.parametrize(("status", "claims"), [(199, False), (200, True), (299, True), (300, False)])
def test_only_a_page_that_was_given_claims_keys(status, claims):
    response = Response("https://x.com/r/1", A, status, (), b"", NOW)
    article = Article("", TEXT, BodyOrigin.PAGE)
    assert page_keys("https://x.com/r/1", response, article) == ((Key("final", A),) if claims else ())


def test_a_page_without_an_article_or_a_link_claims_where_it_stands():
    response = Response("https://x.com/r/1", A, 200, (), b"", NOW)
    assert page_keys("https://x.com/r/1", response, None) == (Key("final", A),)
    assert page_keys(None, response, None) == (Key("final", A),)
