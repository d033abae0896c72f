"""Keys of pages, and when a post that one of them leads to is the same article."""

from dataclasses import replace

import pytest

from ingestd.identity.keys import Key
from ingestd.identity.page_identity import page_keys, same_article
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.feed import Entry
from ingestd.model.http import Response
from ingestd.model.post import KnownPost, Post
from ingestd.poll.build_post import build_post
from tests.identity.make import NOW, OTHER_TEXT, SOURCE, TEXT, A, entry, milliseconds, post


def page(final: str, canonical: str | None = None, status: int = 200) -> tuple[Response, Article]:
    article = Article("", TEXT, BodyOrigin.PAGE, canonical_url=canonical)
    return Response("https://x.com/r/1", final, status, (), b"", NOW), article


PAGES = [
    ("redirected", A, None, [("final", A)]),
    (
        "canonical",
        A,
        "https://www.example.com/story/77",
        [("final", A), ("canonical", "https://www.example.com/story/77")],
    ),
    ("relative canonical", A, "/story/77?utm_source=x", [("final", A), ("canonical", "https://example.com/story/77")]),
    ("both one", A, A, [("final", A)]),
    ("the link itself", "https://x.com/r/1?utm_source=x", "https://x.com/r/1", []),
    ("canonical of another site", A, "https://copy.com/story/77", [("final", A)]),
    ("canonical to the home page", A, "https://example.com/", [("final", A)]),
    ("canonical to a section", A, "https://example.com/news/china", [("final", A)]),
    ("canonical that is no URL", A, "javascript:1", [("final", A)]),
    ("redirected home", "https://example.com/", None, []),
]


@pytest.mark.parametrize(("final", "canonical", "keys"), [p[1:] for p in PAGES], ids=[p[0] for p in PAGES])
def test_keys_of_a_page(final, canonical, keys):
    found = page_keys("https://x.com/r/1", *page(final, canonical))
    assert [(key.kind, key.key) for key in found] == keys


@pytest.mark.parametrize(
    ("link", "final", "canonical", "keys"),
    [
        ("https://x.com/blog/x", "https://x.com/blog/x/", None, ["https://x.com/blog/x/"]),
        (
            "https://example.com/blog/x.html",
            "https://www.example.com/x",
            "/blog/x/",
            ["https://www.example.com/x", "https://www.example.com/blog/x/"],
        ),
        ("https://x.com/blog/x", "https://x.com/blog/", None, []),
        ("https://x.com/blog/x", "https://x.com/tag/x", None, []),
        ("https://x.com/tag/x", "https://x.com/tag/x/", None, ["https://x.com/tag/x/"]),
        ("https://x.com/blog/x", "https://x.com/", None, []),
        ("https://x.com/blog/x", "https://x.com/blog/y", None, ["https://x.com/blog/y"]),
        ("https://x.com/blog/storm-2026", "https://x.com/blog/y", None, []),
        ("https://x.com/", "https://x.com/blog/y", None, []),
    ],
)
def test_short_words_of_an_article_are_no_section(link, final, canonical, keys):
    assert [key.key for key in page_keys(link, *page(final, canonical))] == keys


def test_an_error_page_and_no_page_have_no_keys():
    assert page_keys("https://x.com/r/1", *page(A, A, status=404)) == ()
    assert page_keys("https://x.com/r/1", None, None) == ()


@pytest.mark.parametrize(("status", "claims"), [(199, False), (200, True), (299, True), (300, False)])
def test_only_a_page_with_status_2xx_has_keys(status, claims):
    response = Response("https://x.com/r/1", A, status, (), b"", NOW)
    article = Article("", TEXT, BodyOrigin.PAGE)
    assert page_keys("https://x.com/r/1", response, article) == ((Key("final", A),) if claims else ())


def test_a_page_without_an_article_or_an_entry_link_has_its_final_url_as_key():
    response = Response("https://x.com/r/1", A, 200, (), b"", NOW)
    assert page_keys("https://x.com/r/1", response, None) == (Key("final", A),)
    assert page_keys(None, response, None) == (Key("final", A),)


@pytest.mark.parametrize(
    ("title", "day", "text", "kind", "same"),
    [
        ("Storm closes roads", 1, TEXT, "canonical", True),
        ("Storm closes roads", 2, TEXT, "canonical", True),
        ("Storm closes roads", 2, OTHER_TEXT, "canonical", False),  # one template's URL, recurring title
        ("Sun opens parks", 2, TEXT, "final", False),  # a wall: one text under every title
        ("Storm closes more roads", 2, TEXT, "final", False),  # the same, on one subject
        ("Storm closes more roads", 1, TEXT, "final", True),
        ("", 1, TEXT, "final", True),
        ("Storm closes roads", 2, "", "final", True),
        ("Storm closes roads", 2, "", "canonical", False),
    ],
)
def test_a_page_key_needs_similar_articles(title, day, text, kind, same):
    known = KnownPost(1, title="Storm closes roads", published_ms=milliseconds(1), text=TEXT, kind="final")
    article = Article("", text, BodyOrigin.PAGE)
    post = post_of(entry(title, A, None, day), article)
    assert same_article(post, known, kind) is same


@pytest.mark.parametrize(
    ("kind", "known_kind", "text", "same"),
    [
        ("final", "link", TEXT, True),
        ("final", "link", OTHER_TEXT, False),
        ("final", "canonical", TEXT, False),
        ("canonical", "link", TEXT, False),
    ],
)
def test_an_address_that_leads_to_the_link_of_a_post_needs_its_text(kind, known_kind, text, same):
    known = KnownPost(1, title="Storm closes roads", published_ms=milliseconds(1), text=TEXT, kind=known_kind)
    post = post_of(entry("Sun opens parks", A, None, 2), Article("", text, BodyOrigin.PAGE))
    assert same_article(post, known, kind) is same


def post_of(of: Entry, article: Article) -> Post:
    return replace(build_post(of, article, SOURCE, now=NOW, from_url=A), title=of.title)


@pytest.mark.parametrize(
    ("title", "day", "text", "known", "same"),
    [
        ("Sun opens parks", 1, TEXT, ("Storm closes roads", 1, TEXT), False),
        ("", 2, TEXT, ("", 1, TEXT), False),
        ("", 1, TEXT, ("", 1, TEXT), True),
        ("Storm", 2, " " * 1999 + "ab", ("Storm", 1, " " * 1999 + "ac"), True),
    ],
)
def test_a_page_key_needs_a_title_or_a_date_that_is_the_same(title, day, text, known, same):
    built = build_post(entry("T", A), Article("", "", BodyOrigin.PAGE), SOURCE, now=NOW, from_url=A)
    of = replace(built, title=title, published_ms=milliseconds(day), text=text)
    assert same_article(of, post(1, *known), "canonical") is same
