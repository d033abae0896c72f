"""HTML from anywhere → HTML that is safe to show anywhere: sanitised, absolute, minimal, on one line.

The tree is written afresh from an allow-list (`render`), then nh3 (ammonia) has the last word over the serialised
output, so that what is stored is what a real HTML5 parser read and found harmless.
"""

import re

import nh3
from lxml import etree

from ingestd.extract.html.embeds import resolve_media
from ingestd.extract.html.safe_subset import simply_cleaned
from ingestd.extract.html.serialise import render
from ingestd.extract.html.tree import Element, scrubbed, words

_TAGS = words(
    "a abbr b blockquote br caption cite code dd del dfn dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr "
    "i img ins kbd li mark ol p pre q rb rp rt rtc ruby s samp small strong sub sup table tbody td th tr "
    "u ul var"
)
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "title"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_SCHEMES = {"http", "https", "mailto"}
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, collect_ids=False)
_SANITISER = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
    url_schemes=_SCHEMES,
    link_rel="noopener",
    strip_comments=True,
)
#: Characters of a tag in which more attributes may stand than any tag of HTML has.
_LONG_TAG, _MOST_ATTRIBUTES = 4_000, 300
_TAG = re.compile(r"<([a-zA-Z][^\s<>/\"'=]*+)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)")
_VALUE = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_PRE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")


def clean(html: str, base_url: str | None = None) -> str:
    """`html` sanitised and minimal, addresses absolute with `base_url`, on one line; "" where nothing is left.

    Deterministic and idempotent: clean(clean(x, b), b) == clean(x, b). Newlines inside `<pre>` become `&#10;`.
    """
    simple = simply_cleaned(html, base_url)
    return clean_any(html, base_url) if simple is None else simple


def clean_any(html: str, base_url: str | None = None) -> str:
    """`clean` by the long way, which takes any markup: a tree, its writer, the sanitiser."""
    root = parse_fragment(html)
    return "" if root is None else clean_tree(root, base_url)


def parse_fragment(html: str) -> Element | None:
    """The `<body>` of a fragment or document, None where there is nothing in it."""
    html = _tamed(scrubbed(html))
    if not html.strip():
        return None
    data = b"<html><body>" + html.encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.LxmlError:
        return None
    return None if root is None else next(root.iter("body"), None)


def _tamed(html: str) -> str:
    """`html` without the attributes of tags that have hundreds: libxml2 compares each with all before it."""
    if len(html) < _LONG_TAG or max(map(len, html.split("<"))) < _LONG_TAG:
        return html
    return _TAG.sub(lambda tag: f"<{tag[1]}" if _has_hundreds(tag[2]) else tag[0], html)


def _has_hundreds(attributes: str) -> bool:
    return len(attributes) >= _LONG_TAG // 2 and len(_VALUE.sub("", attributes).split()) > _MOST_ATTRIBUTES


def clean_tree(root: Element, base_url: str | None) -> str:
    """`clean` for a tree that is parsed already; the tree is changed."""
    resolve_media(root, base_url)
    return sanitise(render(root, base_url))


def sanitise(html: str) -> str:
    """The last word: nh3 over serialised HTML, then one line."""
    return one_line(_SANITISER.clean(scrubbed(html)))


def one_line(html: str) -> str:
    """A newline between words becomes one space; inside `<pre>` it becomes `&#10;`. Nothing else changes."""
    if "\n" not in html and "\r" not in html:
        return html.strip()
    parts = []
    end = 0
    for match in _PRE.finditer(html):
        parts += [_BREAKS.sub(" ", html[end : match.start()]), match[0].replace("\r", "").replace("\n", "&#10;")]
        end = match.end()
    return "".join([*parts, _BREAKS.sub(" ", html[end:])]).strip()
