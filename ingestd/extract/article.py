"""Entry and page → Article: where the body comes from, in this order of precedence.

site rule of the source ▸ rule of the pack ▸ the feed's content if it is complete ▸ generic extractor ▸ summary

Nothing here raises for bad input: errors become problems of the article, and the next level is tried.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from ingestd.extract.body.completeness import MIN_COMPLETE_SCORE, completeness_score, has_clearly_less
from ingestd.extract.body.edges import trim_edges
from ingestd.extract.body.generic_extractor import extract_generic
from ingestd.extract.body.inner_boilerplate import remove_boilerplate_lines, without_teasers
from ingestd.extract.html.clean import clean_by_tree, clean_tree
from ingestd.extract.html.safe_subset import clean_safe_subset
from ingestd.extract.html.simplify import simplify_tree
from ingestd.extract.html.tree import Element, remove_all
from ingestd.extract.page.document import Document, EmptyPageError, NotHtmlError, open_document
from ingestd.extract.page.error_pages import is_error_page
from ingestd.extract.page.metadata import Metadata, read_metadata
from ingestd.extract.page.next_page import next_page_url
from ingestd.extract.page.paywall import remove_wall
from ingestd.extract.rules.selectors import select
from ingestd.extract.rules.site_rules import SiteRules
from ingestd.extract.version import feed_version, page_version
from ingestd.model.article import Article, BodyOrigin, Candidate
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.http import Response
from ingestd.model.source import SiteRule
from ingestd.text.fingerprint import fingerprint
from ingestd.text.plain_text import plain_text

#: Shorter text is no article, unless there is an image or a link (to a video) beside it.
_MIN_ARTICLE_CHARS = 2


@dataclass(slots=True)
class _Extraction:
    """What the steps of one extraction record."""

    problems: list[Problem] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    is_error_page: bool = False


@dataclass(frozen=True, slots=True)
class _ArticleBody:
    """The body of an article from one level of precedence."""

    html: str
    text: str
    origin: BodyOrigin

    @property
    def has_content(self) -> bool:
        """Whether there is text, an image or a link; of a page, a single character is no text."""
        min_chars = 1 if self.origin is BodyOrigin.FEED else _MIN_ARTICLE_CHARS
        return len(self.text) >= min_chars or "<img " in self.html or "<a " in self.html


_NO_BODY = _ArticleBody("", "", BodyOrigin.NONE)


def extract_article(
    entry: Entry | None,
    page: Response | None,
    *,
    source_rule: SiteRule | None = None,
    site_rules: SiteRules | None = None,
    mode: str = "auto",
    timezone: str | None = None,
) -> Article:
    """The article of an entry, from its page, its feed, or both.

    With `page` None or `mode` "never" from the entry alone; with `mode` "always" the text of the page takes precedence.
    `timezone` is the IANA name of the zone of dates that state none. Bad input is reported in `Article.problems`.
    """
    if page is None or mode == "never":
        return feed_article(entry)
    extraction = _Extraction()
    document = _open_document(page, extraction)
    rules = _rules_for(source_rule, site_rules, document)
    metadata, following = Metadata(), None
    if document is not None:
        metadata, following = _read_head(document, rules, timezone, extraction)
    body = _best_body(entry, document, rules, mode, extraction, metadata)
    if extraction.is_error_page:
        # Title, date and URLs are those of the error page.
        metadata, following = Metadata(), None
    return Article(
        html=body.html,
        text=body.text,
        body_origin=body.origin,
        title=metadata.title,
        authors=metadata.authors,
        published=metadata.published,
        modified=metadata.modified,
        canonical_url=metadata.canonical_url,
        language=metadata.language,
        site_name=metadata.site_name,
        image=metadata.image,
        charset=document.charset if document else None,
        next_page=following,
        candidates=tuple(extraction.candidates),
        origins=tuple(sorted(metadata.origins.items())),
        problems=tuple(extraction.problems),
        extraction_version=page_version(rules, mode),
        fingerprint=fingerprint(body.text),
    )


def _read_head(
    document: Document, rules: tuple[SiteRule, ...], timezone: str | None, extraction: _Extraction
) -> tuple[Metadata, str | None]:
    """What a page says of itself: its metadata, and the address of the article's next page. A paywall is taken out."""
    metadata = read_metadata(document, rules, timezone)
    following = next_page_url(document, rules)
    if remove_wall(document):
        extraction.problems.append(
            Problem(Outcome.BEHIND_A_WALL, "the page says that the rest of the article is not free", document.url)
        )
    extraction.problems += [
        Problem(Outcome.RULE_MISSED, f"{missed} matches nothing", document.url) for missed in metadata.missed
    ]
    return metadata, following


def feed_article(entry: Entry | None) -> Article:
    """The article of an entry from its feed alone."""
    feed = _feed_body(entry)
    if not feed.has_content:
        return Article("", "", BodyOrigin.NONE, extraction_version=feed_version(), fingerprint=b"")
    completeness = _feed_completeness(entry, feed, None)
    origin = BodyOrigin.FEED if completeness >= MIN_COMPLETE_SCORE else BodyOrigin.SUMMARY
    candidates = (_feed_candidate(feed, completeness),)
    return Article(
        feed.html,
        feed.text,
        origin,
        candidates=candidates,
        extraction_version=feed_version(),
        fingerprint=fingerprint(feed.text),
    )


def feed_articles(entries: Sequence[Entry]) -> tuple[Article, ...]:
    """`feed_article` for each entry, in order: one call into a worker process for many short texts."""
    return tuple(feed_article(entry) for entry in entries)


def _feed_completeness(entry: Entry | None, feed: _ArticleBody, page_text: str | None) -> float:
    summary = plain_text(entry.summary) if entry and entry.content and entry.summary else ""
    return completeness_score(feed.text, summary, page_text, is_description=bool(entry and not entry.content))


def _feed_candidate(feed: _ArticleBody, completeness: float) -> Candidate:
    return Candidate("feed", round(completeness, 3), len(feed.text), "share of the whole article")


def _open_document(page: Response, extraction: _Extraction) -> Document | None:
    url = page.final_url or page.url
    try:
        return open_document(page)
    except NotHtmlError as error:
        extraction.problems.append(Problem(Outcome.NOT_HTML, str(error), url))
    except EmptyPageError as error:
        extraction.problems.append(Problem(Outcome.PAGE_EMPTY, str(error), url))
    return None


def _rules_for(own: SiteRule | None, pack: SiteRules | None, document: Document | None) -> tuple[SiteRule, ...]:
    """The rules to try: the source's own, then that of the pack."""
    rules = [] if own is None or own == SiteRule() else [own]
    if document is not None and pack is not None:
        site = pack.for_page(document.url, document.root)
        if site is not None:
            rules.append(site.rule)
    return tuple(rules)


def _best_body(
    entry: Entry | None,
    document: Document | None,
    rules: tuple[SiteRule, ...],
    mode: str,
    extraction: _Extraction,
    metadata: Metadata,
) -> _ArticleBody:
    title = metadata.title
    if document is not None:
        for rule in rules:
            body = _body_by_rule(document, rule, extraction, title)
            if body.has_content:
                return body
    feed = _feed_body(entry)
    titles = _page_names(document, title)
    page = _NO_BODY if document is None else _generic_body(document, rules, feed.text, extraction, metadata)
    if document is not None and entry is not None and is_error_page(titles, page.text, entry.title, feed.text):
        extraction.problems.append(
            Problem(Outcome.NO_ARTICLE, f"the page is a notice: {titles[0][:80]!r}", document.url)
        )
        extraction.is_error_page, document, page = True, None, _NO_BODY
    if mode == "always" and page.has_content:
        return page
    completeness = _feed_completeness(entry, feed, page.text or None)
    if feed.has_content:
        extraction.candidates.append(_feed_candidate(feed, completeness))
    if feed.has_content and (
        completeness >= MIN_COMPLETE_SCORE or not page.has_content or has_clearly_less(page.text, feed.text)
    ):
        origin = BodyOrigin.FEED if completeness >= MIN_COMPLETE_SCORE else BodyOrigin.SUMMARY
        return _ArticleBody(feed.html, feed.text, origin)
    if not page.has_content and document is not None:
        extraction.problems.append(Problem(Outcome.NO_ARTICLE, "no article text was found on the page", document.url))
    return page


def _page_names(document: Document | None, title: str | None) -> tuple[str, ...]:
    """The titles of a page: its `<title>` and the title in its metadata; at least one, which may be empty."""
    element = None if document is None else next(document.root.iter("title"), None)
    title_tag = "" if element is None else " ".join((element.text or "").split())
    return tuple(name for name in (title_tag, title) if name) or ("",)


def _body_by_rule(document: Document, rule: SiteRule, extraction: _Extraction, title: str | None) -> _ArticleBody:
    if not rule.select:
        return _NO_BODY
    found = _without_nested(select(document.root, rule.select))
    if not found:
        extraction.problems.append(
            Problem(Outcome.RULE_MISSED, f"select = {rule.select!r} matches nothing", document.url)
        )
        return _NO_BODY
    for selector in rule.remove:
        remove_all(document.root, select(document.root, selector))
    body = etree.Element("body")
    left = [element for element in found if element.getparent() is not None]
    body.extend(deepcopy(element) for element in without_teasers(left))
    for element in body:
        element.tail = None
        # A script shows some articles when the page has loaded.
        element.attrib.pop("style", "")
        element.attrib.pop("hidden", "")
    remove_boilerplate_lines(body)
    trim_edges(body, title)
    return _clean_body(body, document.base, BodyOrigin.RULE)


def _without_nested(elements: list[Element]) -> list[Element]:
    """The elements that are not inside another one of the list."""
    chosen: set[Element] = set()
    for element in elements:
        if not any(parent in chosen for parent in element.iterancestors()):
            chosen.add(element)
    return [element for element in elements if element in chosen]


def _generic_body(
    document: Document, rules: tuple[SiteRule, ...], feed_text: str, extraction: _Extraction, metadata: Metadata
) -> _ArticleBody:
    for rule in rules:
        for selector in rule.remove:
            remove_all(document.root, select(document.root, selector))
    found, candidates = extract_generic(document, feed_text, metadata.title, metadata.authors)
    extraction.candidates.extend(candidates)
    return _NO_BODY if found is None else _ArticleBody(found.html, found.text, BodyOrigin.PAGE)


def _clean_body(body: Element, base: str, origin: BodyOrigin) -> _ArticleBody:
    simplify_tree(body)
    html = clean_tree(body, base)
    return _ArticleBody(html, plain_text(html), origin)


def _feed_body(entry: Entry | None) -> _ArticleBody:
    raw = "" if entry is None else entry.content or entry.summary
    if entry is None or not raw:
        return _NO_BODY
    base = entry.base_url or entry.link
    html = clean_safe_subset(raw, base)
    if html is None:
        html = clean_by_tree(raw, base)
        return _ArticleBody(html, plain_text(html), BodyOrigin.FEED)
    # Simple markup has the text of its article, except where a caption is moved. The digest of the entry needs this
    # text too, and `plain_text` caches it.
    is_same = "<" in raw and "figcaption" not in raw
    return _ArticleBody(html, plain_text(raw if is_same else html), BodyOrigin.FEED)
