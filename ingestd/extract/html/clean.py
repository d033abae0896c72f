"""HTML from any source → clean HTML: sanitised, minimal, links absolute, on one line.

The tree is written anew from an allow-list (`minimal_html`). nh3 (ammonia) then parses and sanitises this output, so
that the stored HTML has passed an HTML5 parser.
"""

import re

import nh3

from ingestd.extract.html.embeds import resolve_media
from ingestd.extract.html.formulas import formulas_to_tex
from ingestd.extract.html.markup import EDGE_PATTERN
from ingestd.extract.html.parser import markup_for_parser, parse_html
from ingestd.extract.html.safe_subset import clean_safe_subset
from ingestd.extract.html.serialise import minimal_html
from ingestd.extract.html.tree import Element, without_control_chars, word_set
from ingestd.extract.html.visibility import remove_hidden
from ingestd.text.one_line import one_line

_ALLOWED_TAGS = word_set(
    "a abbr b blockquote br caption cite code dd del dfn dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr "
    "i img ins kbd li mark ol p pre q rb rp rt rtc ruby s samp small strong sub sup table tbody td th tr "
    "u ul var span"
)
_ALLOWED_ATTRIBUTES = {
    "*": {"id", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "title"},
    "abbr": {"title"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "code": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_ALLOWED_SCHEMES = {"http", "https", "mailto"}
_SANITISER = nh3.Cleaner(
    tags=set(_ALLOWED_TAGS),
    attributes={tag: set(names) for tag, names in _ALLOWED_ATTRIBUTES.items()},
    url_schemes=_ALLOWED_SCHEMES,
    link_rel="noopener",
    strip_comments=True,
)
#: A tag of at least so many characters loses its attributes where it has more than this number of them.
_MIN_HUGE_TAG_CHARS, _MAX_TAG_ATTRIBUTES = 4_000, 300
#: A part of a ruby annotation without text. HTML parsers make `<rt></rt><rt>x</rt>` of `<rt><rt>x</rt></rt>`
#: (HTML, 13.2.6.4.7: these start tags close an open `rt`), so that nh3 may leave empty ones.
_EMPTY_RUBY_PART = re.compile(rf"<(r[bpt])>((?:{EDGE_PATTERN})?)</\1>")
_TAG = re.compile(r"<([a-zA-Z][^\s<>/\"'=]*+)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)")
_QUOTED_VALUE = re.compile(r"\"[^\"]*+\"|'[^']*+'")


def clean_html(html: str, base_url: str | None = None) -> str:
    """`html` sanitised and minimal, links resolved against `base_url`, on one line; "" where nothing is left.

    Deterministic and idempotent: clean(clean(x, b), b) == clean(x, b). Newlines inside `<pre>` become `&#10;`.
    """
    simple = clean_safe_subset(html, base_url)
    return clean_by_tree(html, base_url) if simple is None else simple


def clean_by_tree(html: str, base_url: str | None = None) -> str:
    """`clean_html` with a parser, for any markup: lxml tree, writer, sanitiser."""
    root = parse_fragment(html)
    return "" if root is None else clean_tree(root, base_url)


def parse_fragment(html: str) -> Element | None:
    """The `<body>` of a fragment or document, None where it is empty."""
    html = _without_huge_tags(without_control_chars(html))
    if not html.strip():
        return None
    root = parse_html(b"<html><body>" + markup_for_parser(html))
    return None if root is None else next(root.iter("body"), None)


def _without_huge_tags(html: str) -> str:
    """`html` without the attributes of tags that have hundreds: libxml2 compares each with all earlier ones."""
    if len(html) < _MIN_HUGE_TAG_CHARS or max(map(len, html.split("<"))) < _MIN_HUGE_TAG_CHARS:
        return html
    return _TAG.sub(lambda tag: f"<{tag[1]}" if _has_too_many_attributes(tag[2]) else tag[0], html)


def _has_too_many_attributes(attributes: str) -> bool:
    return (
        len(attributes) >= _MIN_HUGE_TAG_CHARS // 2
        and len(_QUOTED_VALUE.sub("", attributes).split()) > _MAX_TAG_ATTRIBUTES
    )


def clean_tree(root: Element, base_url: str | None) -> str:
    """`clean_html` for a parsed tree, which is changed."""
    remove_hidden(root)
    formulas_to_tex(root)
    resolve_media(root, base_url)
    return sanitise(minimal_html(root, base_url))


def sanitise(html: str) -> str:
    """Written HTML sanitised by nh3, on one line; newlines inside `<pre>` become `&#10;`."""
    clean = one_line(_SANITISER.clean(without_control_chars(html)))
    return _EMPTY_RUBY_PART.sub(r"\2", clean) if "<ruby>" in clean else clean
