"""Explanations of a URL: the steps of its normalisation, and the posts that its key leads to."""

from ingestd.identity.explain import KnownKey, explain
from tests.identity.make import NOW, A


def test_a_known_url_is_explained():
    url = "http://example.com/a/101?utm_source=x"
    rows = [
        KnownKey("link", A, 3, "Storm", A, "联合早报", NOW),
        KnownKey("guid", "17:guid-1", 3, "Storm", A, "联合早报", NOW),
        KnownKey("canonical", "https://example.com/story/77", 3, "Storm", A, None, None),
    ]
    said = explain(url, rows)
    assert said.post_ids == (3,)
    assert "\n".join(said.lines()) == (
        "http://example.com/a/101?utm_source=x\n"
        "  http and https are one\n"
        "    https://example.com/a/101?utm_source=x\n"
        "  without tracking parameters: utm_source\n"
        "    https://example.com/a/101\n"
        "key: https://example.com/a/101\n"
        "post 3: Storm\n"
        "  from https://example.com/a/101\n"
        "  link      https://example.com/a/101  ◀ this URL\n"
        "            the link of an entry; first from 联合早报 at 2026-01-02T00:00:00.000Z\n"
        "  guid      17:guid-1\n"
        "            the guid of an entry, within its source; first from 联合早报 at 2026-01-02T00:00:00.000Z\n"
        "  canonical https://example.com/story/77\n"
        "            what the page calls its canonical link; first from an import"
    )


def test_an_unknown_url_and_no_url_are_explained():
    said = explain(A, [])
    assert said.post_ids == ()
    assert said.lines()[1:3] == (
        f"key: {A} (the URL as it is)",
        "No article is known by this key: an entry with this link would be a new article,",
    )
    assert explain("ftp://x", []).lines() == (
        "ftp://x is no http(s) URL of at most 4096 characters: it names no article.",
    )
