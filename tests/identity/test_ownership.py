"""Whose words stand under a URL: sources and their sites, listings, and articles about another site's article."""

from dataclasses import replace
from typing import Any

import pytest

from ingestd.identity.evidence import Features
from ingestd.identity.ownership import (
    Claim,
    OwnHosts,
    about_entry,
    claim_to_url,
    has_own_text,
    own_permalink,
    owns,
    says_otherwise,
    with_link_to,
)
from ingestd.model.feed import Enclosure, Entry
from ingestd.model.post import KnownPost
from ingestd.model.source import Source
from tests.identity.make import OTHER_TEXT, TEXT

BLOG = Source("blog", "https://feeds.example.net/blog.xml", id=17, site_url="https://blog.example.org/")
LINK = "https://news.example.com/2026/bridge"


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://feeds.example.net/1", True),
        ("https://example.net/1", True),
        ("https://blog.example.org/1", True),
        ("http://www.example.org/1", True),
        (LINK, False),
        ("https://example.org.example.com/1", False),
        ("urn:uuid:1", False),
    ],
)
def test_a_source_owns_the_urls_of_its_feed_and_of_its_site(url, owned):
    assert owns(BLOG, url) is owned


def test_a_source_without_a_site_owns_those_of_its_feed_alone():
    alone = Source("blog", "https://feeds.example.net/blog.xml")
    assert owns(alone, "https://example.net/1") is True
    assert owns(alone, "https://blog.example.org/1") is False


@pytest.mark.parametrize(
    ("guid", "other_links", "address"),
    [
        ("https://blog.example.org/walk", (), "https://blog.example.org/walk"),
        ("https://BLOG.example.org/a b", (), "https://blog.example.org/a%20b"),
        ("note-7", (), None),
        (None, (), None),
        (None, ("https://blog.example.org/walk",), "https://blog.example.org/walk"),
        ("https://blog.example.org/1", ("https://blog.example.org/2",), "https://blog.example.org/1"),
        ("https://other.example.com/1", ("https://blog.example.org/2",), "https://blog.example.org/2"),
        ("https://blog.example.org/", (), None),
        ("https://blog.example.org/#walk", (), None),
        ("https://blog.example.org/", ("https://blog.example.org/2",), "https://blog.example.org/2"),
        (LINK, (), None),
    ],
)
def test_the_address_of_an_entry_on_the_site_of_its_source(guid, other_links, address):
    entry = Entry(title="Walk", link=LINK, guid=guid, other_links=other_links)
    assert own_permalink(entry, BLOG) == address


def test_the_link_itself_is_no_other_address():
    own = "https://blog.example.org/walk"
    assert own_permalink(Entry(title="Walk", link=own, guid=own), BLOG) is None
    assert own_permalink(Entry(title="Walk", link=own, other_links=(own + "#", own)), BLOG) == own + "#"


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("x" * 30, True),
        ("x" * 29, False),
        ("字" * 30, True),
        ("", False),
        ("Points: 12 Comments: 3 https://votes.example/item?id=1234567890123456789012345678901234567890", False),
        (TEXT, True),
    ],
)
def test_a_text_of_its_own_has_30_letters_without_counters_and_urls(text, has):
    assert has_own_text(text) is has


def features(title="", text="", enclosures=()):
    return Features(title, None, text, frozenset(enclosures))


ARTICLE = features("Bridge over the Lune reopens", TEXT, {"https://a.example/1.mp3"})
SHORT = "Points: 12"


@pytest.mark.parametrize(
    ("entry", "otherwise"),
    [
        (features("Why I walk to work again", OTHER_TEXT), True),
        (features("Why I walk to work again", OTHER_TEXT, {"https://a.example/2.mp3"}), True),
        (features("Bridge over the Lune reopens", OTHER_TEXT), False),
        (features("", OTHER_TEXT), False),
        (features("Why I walk to work again", TEXT), False),
        (features("Why I walk to work again", SHORT), False),
        (features("Why I walk to work again", ""), False),
        (features("Why I walk to work again", OTHER_TEXT, {"https://a.example/1.mp3"}), False),
    ],
)
def test_an_entry_says_something_else_by_title_text_and_files(entry, otherwise):
    assert says_otherwise(entry, ARTICLE) is otherwise


#: Whose words an article and a stored post may have.
WHOSE: dict[str, dict[str, Any]] = {
    "of own source": {"of_own_site": True, "by_own_source": True},
    "of own page": {"of_own_site": True, "by_own_source": False},
    "of another": {"of_own_site": False, "by_own_source": False},
}


@pytest.mark.parametrize(
    ("words", "known_words", "same_words", "claim"),
    [
        ("of own source", "of another", True, Claim.TAKE_OVER),
        ("of own source", "of another", False, Claim.DISPLACE),
        ("of own source", "of own page", True, Claim.TAKE_OVER),
        ("of own source", "of own page", False, Claim.SAME),
        ("of own source", "of own source", True, Claim.SAME),
        ("of own source", "of own source", False, Claim.SAME),
        ("of own page", "of another", True, Claim.TAKE_OVER),
        ("of own page", "of another", False, Claim.DISPLACE),
        ("of own page", "of own page", True, Claim.SAME),
        ("of own page", "of own page", False, Claim.SAME),
        ("of own page", "of own source", True, Claim.SAME),
        ("of own page", "of own source", False, Claim.SAME),
        ("of another", "of own source", True, Claim.SAME),
        ("of another", "of own source", False, Claim.ELSEWHERE),
        ("of another", "of own page", True, Claim.SAME),
        ("of another", "of own page", False, Claim.ELSEWHERE),
        ("of another", "of another", True, Claim.SAME),
        ("of another", "of another", False, Claim.ELSEWHERE),
    ],
)
@pytest.mark.parametrize("deleted", [False, True])
def test_the_claim_to_the_url_of_a_post(deleted, words, known_words, same_words, claim):
    title, text = (ARTICLE.title, ARTICLE.text) if same_words else ("Why I walk to work again", OTHER_TEXT)
    known = replace(KnownPost(1, title=title, text=text, deleted=deleted), **WHOSE[known_words])
    assert claim_to_url(ARTICLE, known, **WHOSE[words]) is (Claim.SAME if deleted else claim)


@pytest.mark.parametrize(
    ("entry", "is_own", "known", "claim"),
    [
        (ARTICLE, True, KnownPost(1, title="A bridge, at last", text=SHORT, of_own_site=False), Claim.TAKE_OVER),
        (features("Bridge", ""), True, KnownPost(1, title="Walk", text=OTHER_TEXT, of_own_site=False), Claim.DISPLACE),
        (features("A bridge, at last", SHORT), False, KnownPost(1, title=ARTICLE.title, text=TEXT), Claim.SAME),
        (features("Walk again", OTHER_TEXT), False, KnownPost(1, title="Bridge", text=""), Claim.ELSEWHERE),
    ],
)
def test_only_the_other_site_needs_a_text_of_its_own(entry, is_own, known, claim):
    assert claim_to_url(entry, known, of_own_site=is_own, by_own_source=is_own) is claim


OWN = "https://blog.example.org/walk"
ABOUT = f'<p><a href="{LINK}">{LINK}</a></p>'


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"content": "<p>Walk.</p>", "summary": "Walk"}, {"content": "<p>Walk.</p>" + ABOUT, "summary": "Walk"}),
        ({"summary": "Walk"}, {"summary": "Walk" + ABOUT}),
        ({}, {"summary": ABOUT}),
    ],
)
def test_an_entry_under_its_own_address_keeps_the_link_in_its_text(texts, expected):
    file = (Enclosure("https://a.example/1.mp3", "audio/mpeg", 9),)
    entry = Entry(title="Walk", link=LINK, guid="note-7", enclosures=file, **texts)
    moved = about_entry(entry, OWN)
    assert moved == Entry(title="Walk", link=OWN, guid="note-7", enclosures=file, **expected)
    assert about_entry(moved, OWN) is moved


def test_an_entry_without_a_link_stays_as_it_is():
    entry = Entry(title="Walk", guid="note-7", summary="Walk")
    assert about_entry(entry, OWN) is entry


@pytest.mark.parametrize(
    ("html", "url", "expected"),
    [
        ("Walk", "https://a.example/?a=1&b=2", 'Walk<p><a href="{0}">{0}</a></p>'),
        ('<a href="https://a.example/?a=1&amp;b=2">x</a>', "https://a.example/?a=1&b=2", None),
        ('<a href="https://a.example/?a=1&b=2">x</a>', "https://a.example/?a=1&b=2", None),
        ("https://a.example/1", "https://a.example/1", 'https://a.example/1<p><a href="{0}">{0}</a></p>'),
    ],
)
def test_a_link_is_added_once(html, url, expected):
    found = with_link_to(html, url)
    assert found == (html if expected is None else expected.format(url.replace("&", "&amp;")))
    assert with_link_to(found, url) == found


def test_the_hosts_of_a_source():
    hosts = OwnHosts(BLOG)
    for _ in range(2):
        assert hosts.has("https://feeds.example.net/1/https://other.example/") is True
        assert hosts.has("https://blog.example.org/?u=//a/b") is True
        assert hosts.has(LINK) is False
        assert hosts.has("https://news.example.com/another") is False
