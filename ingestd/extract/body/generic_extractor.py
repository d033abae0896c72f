"""The generic extractor: text density first, and a vote with its core where its confidence is low."""

from copy import deepcopy
from html import escape

from lxml import etree

from ingestd.extract.body.edges import trim_edges
from ingestd.extract.body.inner_boilerplate import remove_inner_boilerplate
from ingestd.extract.body.main_content import find_main_content
from ingestd.extract.body.vote import TextCandidate, rank_candidates
from ingestd.extract.html.anchors import state_direction
from ingestd.extract.html.clean import clean_html, clean_tree
from ingestd.extract.html.simplify import simplify_tree
from ingestd.extract.html.tree import Element, text_of
from ingestd.extract.page import json_ld
from ingestd.extract.page.document import Document
from ingestd.extract.page.embedded_data import embedded_article_html
from ingestd.extract.page.error_pages import is_placeholder_text
from ingestd.model.article import Candidate
from ingestd.text.plain_text import plain_text

#: Below this confidence of the density extractor its core is a candidate too.
MIN_CONFIDENCE = 0.8
#: The text in JSON-LD or a script is taken where every candidate shows less than this share of it.
_MAX_DISPLAYED_SHARE = 0.6
#: A page with fewer characters of text may have its article in the data of a script.
_MIN_DISPLAYED_CHARS = 160
_MIN_ARTICLE_BODY_CHARS = 300


def extract_generic(
    document: Document, feed_text: str = "", title: str | None = None, authors: tuple[str, ...] = ()
) -> tuple[TextCandidate | None, list[Candidate]]:
    """The article, None where there is none, and all candidates with their scores, the chosen one first.

    `feed_text` is the text of the feed's entry, which the article should hold; `authors` are the names of its authors,
    whose line above the text is removed. The tree is changed.
    """
    in_json_ld = _json_ld_candidate(document)
    found, confidence = _density_candidates(document, title, authors)
    if confidence < MIN_CONFIDENCE:
        # Of what may be no article, pictures alone are none.
        found = [candidate for candidate in found if candidate.text]
    found = [candidate for candidate in found if not is_placeholder_text(candidate.text)]
    if in_json_ld is not None and _is_undisplayed(in_json_ld, found):
        found = [in_json_ld]
    elif all(len(candidate.text) < _MIN_DISPLAYED_CHARS for candidate in found):
        data = _candidate("data", clean_html(embedded_article_html(document.text), document.base))
        found = [data] if data.text and _is_undisplayed(data, found) else found
    if not found:
        return None, []
    if len(found) == 1:
        return found[0], [Candidate(found[0].name, confidence, len(found[0].text))]
    ranked = rank_candidates(found, feed_text)
    return ranked[0][0], [Candidate(candidate.name, score, len(candidate.text)) for candidate, score in ranked]


def _density_candidates(
    document: Document, title: str | None, authors: tuple[str, ...]
) -> tuple[list[TextCandidate], float]:
    """The candidates by text density and their confidence: the article, and its core alone where confidence is low."""
    content = find_main_content(next(document.root.iter("body")), _descriptions(document), title)
    if content is None:
        return [], 0.0
    for element in content.elements:
        state_direction(element)
    is_part = len(content.core) < len(content.elements)
    core = [deepcopy(element) for element in content.core] if content.confidence < MIN_CONFIDENCE and is_part else []
    found = [_candidate("density", _cleaned_article(content.elements, document, title, authors))]
    if core:
        for element in core:
            element.tail = None
        found.append(_candidate("core", _cleaned_article(core, document, title, authors)))
    return [candidate for candidate in found if candidate.text or "<img" in candidate.html], content.confidence


def _cleaned_article(elements: list[Element], document: Document, title: str | None, authors: tuple[str, ...]) -> str:
    article = etree.Element("body")
    article.extend(elements)
    remove_inner_boilerplate(article, _page_urls(document))
    trim_edges(article, title, _title_tag_text(document), authors=authors)
    simplify_tree(article)
    return clean_tree(article, document.base)


def _descriptions(document: Document) -> list[str]:
    """The summaries that a page states of itself."""
    names = {"description", "og:description", "twitter:description"}
    stated = [
        meta.get("content") or ""
        for meta in document.root.iter("meta")
        if (meta.get("property") or meta.get("name") or "").lower() in names
    ]
    return [*stated, json_ld.text_value(document.article_node.get("description")) or ""]


def _title_tag_text(document: Document) -> str | None:
    """The text of `<title>`, which may differ from the title in the metadata."""
    element = next(document.root.iter("title"), None)
    return None if element is None else text_of(element)


def _page_urls(document: Document) -> list[str]:
    """The URLs of the page: its own, its base, and its canonical URLs."""
    named = [link.get("href") or "" for link in document.root.iter("link") if link.get("rel") == "canonical"]
    return [document.url, document.base, *named[:2]]


def _candidate(name: str, html: str) -> TextCandidate:
    return TextCandidate(name, html, plain_text(html))


def _json_ld_candidate(document: Document) -> TextCandidate | None:
    """The `articleBody` of the page's JSON-LD, where it is long enough to be one."""
    body = json_ld.text_value(document.article_node.get("articleBody"))
    if not body or len(body) < _MIN_ARTICLE_BODY_CHARS:
        return None
    if "</p>" in body or "<br" in body:
        return _candidate("json-ld", clean_html(body, document.base))
    paragraphs = [line.strip() for line in body.splitlines() if line.strip()]
    return _candidate("json-ld", clean_html("".join(f"<p>{escape(line)}</p>" for line in paragraphs), document.base))


def _is_undisplayed(hidden: TextCandidate, found: list[TextCandidate]) -> bool:
    return all(len(candidate.text) < _MAX_DISPLAYED_SHARE * len(hidden.text) for candidate in found)
