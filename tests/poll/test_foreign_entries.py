"""Entries that link to another site than their source's: whose words they get, and where they are stored."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from ingestd.identity.urls import DEFAULT_RULES
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.feed import Enclosure, Entry
from ingestd.model.http import Response
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll.foreign_entries import (
    is_about,
    is_foreign,
    keys_at,
    own_address,
    page_entry,
    with_feed_time,
    with_place_elsewhere,
)
from tests.identity.make import OTHER_TEXT, TEXT, milliseconds, stamp
from tests.store import make

BLOG = Source("blog", "https://links.example/feed.xml", id=17)
LINK = "https://owner.example.com/2026/bridge"
OWN = "https://links.example/2026/walk"


def response(final_url: str) -> Response:
    return Response(LINK, final_url, 200, (), b"", make.NOW)


def article(**values) -> Article:
    return Article(f"<p>{TEXT}</p>", TEXT, BodyOrigin.PAGE, **values)


@pytest.mark.parametrize(
    ("url", "final_url", "foreign"),
    [
        (LINK, None, True),
        (LINK, LINK, True),
        (LINK, OWN, False),
        (OWN, LINK, False),
        (OWN, None, False),
    ],
)
def test_a_link_is_foreign_unless_it_is_redirected_to_the_own_site(url, final_url, foreign):
    assert is_foreign(url, response(final_url) if final_url else None, BLOG) is foreign


@pytest.mark.parametrize(
    ("title", "text", "page_title", "page_text", "about"),
    [
        ("Why I walk", OTHER_TEXT, "Bridge over the Lune reopens", TEXT, True),
        ("Why I walk", OTHER_TEXT, "Bridge over the Lune reopens", "", True),
        ("Why I walk", OTHER_TEXT, None, TEXT, False),
        ("Bridge over the Lune reopens", OTHER_TEXT, "Bridge over the Lune reopens", TEXT, False),
        ("Why I walk", TEXT, "Bridge over the Lune reopens", TEXT, False),
        ("Why I walk", "Points: 12", "Bridge over the Lune reopens", TEXT, False),
    ],
)
def test_an_entry_is_about_its_page_where_it_says_something_else(title, text, page_title, page_text, about):
    page = replace(article(title=page_title), text=page_text)
    assert is_about(Entry(title=title, link=LINK, summary=text), page) is about


ENTRY = Entry(
    title="A bridge, at last",
    link=LINK,
    guid="note-7",
    authors=("voter",),
    summary="Points: 12",
    published=stamp(1),
    updated=stamp(2),
    language="de",
    enclosures=(Enclosure("https://a.example/1.mp3", "audio/mpeg", 9),),
)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({}, {}),
        ({"title": "Bridge reopens"}, {"title": "Bridge reopens"}),
        ({"authors": ("Ann", "Bob"), "site_name": "The Owner"}, {"authors": ("Ann", "Bob")}),
        ({"site_name": "The Owner"}, {"authors": ("The Owner",)}),
        ({"published": stamp(3)}, {"published": None}),
        ({"modified": stamp(3)}, {}),
        ({"language": "en"}, {"language": "en"}),
    ],
)
def test_an_entry_in_the_words_of_its_page(page, expected):
    # A page states its own published time; the entry's is taken where it states none.
    assert page_entry(ENTRY, article(**page), is_listing=True) == replace(ENTRY, updated=None, **expected)


def test_author_and_time_of_a_comment_are_not_those_of_the_page():
    found = page_entry(ENTRY, article(), is_listing=False)
    assert (found.authors, found.published) == ((urlsplit(LINK).hostname,), None)
    assert page_entry(ENTRY, article(authors=("Ann",)), is_listing=False).authors == ("Ann",)


@pytest.mark.parametrize(("published", "expected"), [(stamp(3), milliseconds(3)), (None, None)])
def test_a_post_in_the_words_of_a_page_has_the_time_of_the_feed(published, expected):
    post = make.new(1)
    found = with_feed_time(post, replace(ENTRY, published=published))
    assert found == replace(post, post=replace(post.post, published_ms=expected))


@pytest.mark.parametrize(
    ("entry", "guid", "address"),
    [
        (replace(ENTRY, guid=OWN), OWN, OWN),
        (replace(ENTRY, guid=OWN), None, OWN),
        (ENTRY, "note-7", LINK + "#guid=note-7"),
        (ENTRY, "another", LINK + "#guid=another"),
        (ENTRY, None, LINK + "#guid=sha256:"),
    ],
)
def test_the_address_of_an_article_of_its_own(entry, guid, address):
    found = own_address(entry, guid, BLOG)
    assert found == address if not address.endswith(":") else found.startswith(address)


KEYS = (("link", LINK), ("guid", "17:note-7"), ("number", "17:#owner/2026"), ("shared", "17:x"), ("about", LINK))


def test_under_another_address_an_entry_keeps_its_guid_alone():
    assert keys_at(OWN + "/1234567-storm", ENTRY, KEYS, BLOG, DEFAULT_RULES) == (
        ("link", OWN + "/1234567-storm"),
        ("guid", "17:note-7"),
    )
    assert keys_at(OWN, ENTRY, (("link", LINK),), BLOG, DEFAULT_RULES) == (("link", OWN),)


def new(url: str, *keys: tuple[str, str]) -> NewPost:
    return make.new(1, *keys, like=make.post(1, from_url=url))


@pytest.mark.parametrize("texts", [{"summary": OTHER_TEXT}, {"content": f"<p>{OTHER_TEXT}</p>", "summary": "x"}])
@pytest.mark.parametrize(
    ("guid", "keys", "place"),
    [
        ("note-7", KEYS, (LINK + "#guid=note-7", (("link", LINK + "#guid=note-7"), ("guid", "17:note-7")))),
        (OWN, (("guid", "17:" + OWN),), (OWN, (("link", OWN), ("guid", "17:" + OWN)))),
    ],
)
def test_a_post_of_a_foreign_entry_has_a_place_elsewhere(texts, guid, keys, place):
    entry = replace(ENTRY, guid=guid, **texts)
    post = new(LINK, *keys)
    assert with_place_elsewhere(post, entry, BLOG, DEFAULT_RULES) == replace(
        post, of_own_site=False, by_own_source=False, elsewhere=place
    )


def test_a_guid_that_is_no_key_of_the_entry_names_no_place():
    entry = replace(ENTRY, summary=OTHER_TEXT)
    found = with_place_elsewhere(new(LINK, ("link", LINK)), entry, BLOG, DEFAULT_RULES)
    assert found.elsewhere is not None
    url, keys = found.elsewhere
    assert url.startswith(LINK + "#guid=sha256:")
    assert keys == (("link", url),)


def test_an_entry_without_a_text_of_its_own_has_no_other_place():
    post = new(LINK, *KEYS)
    assert with_place_elsewhere(post, ENTRY, BLOG, DEFAULT_RULES) == replace(
        post, of_own_site=False, by_own_source=False
    )


def test_a_post_of_the_own_site_stays_as_it_is():
    post = new(OWN, *KEYS)
    assert with_place_elsewhere(post, replace(ENTRY, summary=OTHER_TEXT), BLOG, DEFAULT_RULES) is post
