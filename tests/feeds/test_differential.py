"""The mapper and feedparser read the same out of every feed of the corpus, but where feedparser is known to be wrong.

Each exception names the field and why ours is right; a case that stops differing must leave the list.
"""

import json
import subprocess
import sys

import pytest

from ingestd.feeds.decode import decode_feed
from ingestd.feeds.feedparser_fallback import read_with_feedparser
from ingestd.feeds.fields import DateContext
from ingestd.model.feed import Entry
from tests.feeds.test_corpus import CORPUS, FEEDS, URL, read

FIELDS = ("count", "title", "link", "guid", "authors", "published", "text", "categories", "enclosures")
#: RSS in the namespace of another vocabulary.
NO_FEED_TO_FEEDPARSER = {"namespaces/rss-in-dublin-core", "namespaces/rss-prefix-undeclared"}
EXPECTED = {
    # An RDF item without a link is where its rdf:about says; feedparser leaves it without one.
    "head/rss-10-about-as-link": {"link"},
    # The HTML page before the PDF, whatever their order.
    "links/atom-html-alternate-before-pdf": {"link"},
    # Relations may be written as addresses (RFC 4287, section 4.2.7.2).
    "links/atom-relation-as-address": {"link"},
    # RSS's own link before one of Atom's; the article before the front page and before the counting proxy.
    "links/link-before-atom-link": {"link"},
    "links/original-link": {"link"},
    "links/two-links-one-is-home": {"link"},
    "links/relative-permalink": {"link"},
    # Relative links of Atom resolve against the feed's address (section 4.2.7.1), not against its page.
    "links/atom-relative-to-feed": {"link"},
    # Of two alternates the one that says that it is.
    "links/atom-stated-alternate-first": {"link"},
    "links/atom-opaque-id-stays": {"link"},
    # An entry that the end cuts off comes whole with the next poll.
    "repair/cut-in-cdata": {"count"},
    "repair/cut-in-second-item": {"count"},
    "repair/cut-in-tag": {"count"},
    # Plain entities of a DTD are harmless.
    "repair/doctype-entity": {"title"},
    # Inherited, and named by address only.
    "authors/atom-from-source": {"authors"},
    "authors/atom-inherited": {"authors"},
    "authors/atom-page-only": {"authors"},
    # Bylines before addresses; one person once; the show's host only where nobody else signs.
    "authors/author-and-creator": {"authors"},
    "authors/creator-twice": {"authors"},
    "authors/itunes-author-beside-author": {"authors"},
    # feedparser sees a shortened text, so that its quadratic expression cannot be reached.
    "authors/long-author": {"authors"},
    "categories/atom-label-only": {"categories"},
    # Text is escaped where HTML is expected of it; files are no text; a caption is not the article.
    "texts/atom-no-type": {"text"},
    "texts/atom-text-plain": {"text"},
    "texts/atom-text": {"text"},
    "texts/atom-image-content": {"text"},
    "texts/media-description-beside": {"text"},
    # A summary beside a description: the longer one is the content.
    "texts/description-beside-summary": {"text"},
    # Of two dates the last one that is a date.
    "dates/given-twice": {"published"},
    # Fields in a link that was never closed.
    "repair/unclosed-link-holds-the-rest": {"link", "published", "text"},
    # The same markup, written as XML or as HTML.
    "texts/empty-naked-element": {"text"},
    "repair/unclosed-html-in-description": {"text"},
    "repair/nested-too-deep": {"text"},
    # Sound and film of Media RSS count as files where there are no others.
    "enclosures/media-content-instead": {"enclosures"},
    # The pictures of Media RSS are files, and stand in a text without images.
    "enclosures/media-pictures": {"enclosures", "text"},
    "enclosures/media-picture-beside-image": {"enclosures"},
    "enclosures/media-picture-beside-sound": {"enclosures", "text"},
    "enclosures/media-picture-in-group": {"enclosures", "text"},
    "enclosures/media-picture-in-widths": {"enclosures", "text"},
    # The zone by the language of the texts, which is determined before feedparser is called.
    "dates/cst-in-chinese-text": {"published"},
    "dates/zone-of-chinese-text": {"published"},
    "dates/zone-of-chinese-text-under-en": {"published"},
    "dates/zone-of-japanese-text": {"published"},
    "dates/zone-of-korean-text": {"published"},
    # The dates of PRISM, the author of Open Graph.
    "dates/prism-cover-date": {"published"},
    "dates/prism-publication-date": {"published"},
    "authors/open-graph": {"authors"},
    # A link of another relation is not the article's, with or without `href`.
    "links/via-link-as-text": {"link"},
    # An element of RSS is one in any namespace.
    "namespaces/description-in-xhtml": {"text"},
    # Plain text keeps its lines.
    "texts/atom-markdown": {"text"},
    "texts/atom-text-lines": {"text"},
    "texts/media-description-lines": {"text"},
    "texts/rss-lines-without-tags": {"text"},
    # The fuller text of content and summary; escaped CDATA sections are opened.
    "texts/atom-content-is-an-image": {"text"},
    "texts/content-is-a-link": {"text"},
    "texts/content-is-a-teaser": {"text"},
    "texts/content-is-an-image": {"text"},
    "texts/cdata-escaped": {"text"},
    "texts/cdata-escaped-without-end": {"text"},
    # type="html" is escaped once (RFC 4287, section 3.1.1.2).
    "titles/atom-element-name-html-twice-closed": {"title"},
    # Tags in type="text" are text (section 3.1.1.1).
    "titles/raised-text-atom": {"title"},
    "enclosures/media-picture": {"enclosures", "text"},
    # A file once.
    "enclosures/twice": {"enclosures"},
}
CASES = sorted(path for path in FEEDS if FEEDS[path].suffix == ".xml")


def values(entry: Entry) -> dict[str, object]:
    date = entry.published or entry.updated
    return {
        "title": entry.title,
        "link": entry.link,
        "guid": entry.guid,
        "authors": entry.authors,
        "published": date and date.utc,
        "text": entry.content or entry.summary,
        "categories": tuple(category.term for category in entry.categories),
        "enclosures": [file.url for file in entry.enclosures],
    }


def differences(ours: list[dict[str, object]], theirs: list[dict[str, object]]) -> set[str]:
    if len(ours) != len(theirs):
        return {"count"}
    pairs = list(zip(ours, theirs, strict=True))
    return {field for field in FIELDS[1:] if any(one[field] != other[field] for one, other in pairs)}


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_both_paths_read_the_same(case):
    call = json.loads(case.read_text("utf-8")).get("call", {})
    text = decode_feed(FEEDS[case].read_bytes(), call.get("content_type"))
    dates = DateContext(call.get("timezone"), call.get("language"))
    if "now" in call:
        pytest.skip("feedparser's path is called without a clock here")
    theirs = read_with_feedparser(text.text, url=URL, dates=dates)
    name = case.relative_to(CORPUS).with_suffix("").as_posix()
    if name in NO_FEED_TO_FEEDPARSER:
        assert theirs is None
        return
    assert theirs is not None
    found = differences([values(entry) for entry in read(case).entries], [values(entry) for entry in theirs.entries])
    assert found == EXPECTED.get(name, set())


@pytest.mark.process
def test_feedparser_is_not_loaded_before_it_is_needed():
    code = "import sys, ingestd.feeds; sys.exit('feedparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
