"""The generic extractor: our own scorer first, second opinions only where it is unsure."""

from copy import deepcopy
from html import escape

from lxml import etree

from ingestd.extract.body.edges import trim_edges
from ingestd.extract.body.inner_boilerplate import remove_inner_boilerplate
from ingestd.extract.body.main_content import find_main_content
from ingestd.extract.body.trafilatura_fallback import extract_with_trafilatura
from ingestd.extract.body.vote import TextCandidate, rank_candidates
from ingestd.extract.html.clean import clean_html, clean_tree
from ingestd.extract.html.simplify import simplify_tree
from ingestd.extract.html.tree import Element, text_of
from ingestd.extract.page import json_ld
from ingestd.extract.page.document import Document
from ingestd.extract.page.embedded_data import embedded_article_html
from ingestd.extract.page.error_pages import is_menu_text, is_placeholder_text
from ingestd.model.article import Candidate
from ingestd.text.plain_text import plain_text

#: Below this share of the page's good text our scorer asks for a second opinion.
MIN_CONFIDENCE = 0.8
#: An article that a script would show stands whole in JSON-LD: taken where the page shows this much less of it.
_MAX_DISPLAYED_SHARE = 0.6
_TRAFILATURA = "trafilatura"
#: A page that shows fewer letters than this may have its article in the data of a script.
_MIN_DISPLAYED_CHARS = 160


def extract_generic(
    document: Document, hint: str = "", title: str | None = None
) -> tuple[TextCandidate | None, list[Candidate]]:
    """The article, None where there is none, and every candidate with its score, the chosen one first.

    `hint` is the feed's text, which the right candidate holds. The tree is changed.
    """
    told = _json_ld_candidate(document)
    options, sure = _density_candidates(document, title)
    if sure < MIN_CONFIDENCE:
        other = _candidate(
            _TRAFILATURA, clean_html(extract_with_trafilatura(document.text, document.url), document.base)
        )
        options = [*options, other] if options or not is_menu_text(other.text) else []
        options = [option for option in options if option.text]
    options = [option for option in options if not is_placeholder_text(option.text)]
    if told is not None and _is_undisplayed(told, options):
        options = [told]
    elif all(len(option.text) < _MIN_DISPLAYED_CHARS or option.name == _TRAFILATURA for option in options):
        data = _candidate("data", clean_html(embedded_article_html(document.text), document.base))
        own = [option for option in options if option.name != _TRAFILATURA]
        options = [data] if data.text and _is_undisplayed(data, own) else options
    if not options:
        return None, []
    if len(options) == 1:
        return options[0], [Candidate(options[0].name, sure, len(options[0].text))]
    ranked = rank_candidates(options, hint)
    return ranked[0][0], [Candidate(option.name, score, len(option.text)) for option, score in ranked]


def _density_candidates(document: Document, title: str | None) -> tuple[list[TextCandidate], float]:
    """What our scorer found: the article with its neighbours, and where it is unsure also the core alone."""
    found = find_main_content(next(document.root.iter("body")))
    if found is None:
        return [], 0.0
    is_part = len(found.core) < len(found.elements)
    core = [deepcopy(element) for element in found.core] if found.sure < MIN_CONFIDENCE and is_part else []
    options = [_candidate("density", _cleaned_article(found.elements, document, title))]
    if core:
        for element in core:
            element.tail = None
        options.append(_candidate("core", _cleaned_article(core, document, title)))
    return [option for option in options if option.text or "<img" in option.html], found.sure


def _cleaned_article(elements: list[Element], document: Document, title: str | None) -> str:
    article = etree.Element("body")
    article.extend(elements)
    remove_inner_boilerplate(article, _page_urls(document))
    trim_edges(article, title, _window_title(document))
    simplify_tree(article)
    return clean_tree(article, document.base)


def _window_title(document: Document) -> str | None:
    """The text of `<title>`, which may be another one than the article's in the metadata."""
    element = next(document.root.iter("title"), None)
    return None if element is None else text_of(element)


def _page_urls(document: Document) -> list[str]:
    """The addresses of the page: where it was found, its base, and the one that it names itself."""
    named = [link.get("href") or "" for link in document.root.iter("link") if link.get("rel") == "canonical"]
    return [document.url, document.base, *named[:2]]


def _candidate(name: str, html: str) -> TextCandidate:
    return TextCandidate(name, html, plain_text(html))


def _json_ld_candidate(document: Document) -> TextCandidate | None:
    """The article's text as JSON-LD tells it."""
    body = json_ld.text_value(document.told.get("articleBody"))
    if not body or len(body) < 300:
        return None
    if "</p>" in body or "<br" in body:
        return _candidate("json-ld", clean_html(body, document.base))
    paragraphs = [line.strip() for line in body.splitlines() if line.strip()]
    return _candidate("json-ld", clean_html("".join(f"<p>{escape(line)}</p>" for line in paragraphs), document.base))


def _is_undisplayed(told: TextCandidate, options: list[TextCandidate]) -> bool:
    return all(len(option.text) < _MAX_DISPLAYED_SHARE * len(told.text) for option in options)
