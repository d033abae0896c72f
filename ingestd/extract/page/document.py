"""A fetched page → its parsed tree, charset, base URL and JSON-LD. A page is decoded and parsed once, here."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin

from ingestd.extract.html.parser import markup_for_parser, parse_html
from ingestd.extract.html.tree import Element
from ingestd.extract.page import json_ld
from ingestd.model.http import Response
from ingestd.text.charset import decode

_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\f\r")) + b"\x7f"
_FRAME_TAG = re.compile(rb"<!doctype[^>]{0,500}>|</?(?:html|body)\b[^>]{0,2000}>", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:\-]{2,40})", re.IGNORECASE)
_BINARY_SIGNATURES = (
    b"%PDF-",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"RIFF",
    b"\x1f\x8b",
    b"\x00\x00\x00\x1cftyp",
    b"OggS",
)
_BEFORE_ROOT = rb"\A\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]{0,500}>\s*){0,3}(?:<!--.{0,500}?-->\s*)?"
_FEED_ROOT = re.compile(_BEFORE_ROOT + rb"<(?:rss|feed|rdf:RDF)\b", re.S)
_SITEMAP_ROOT = re.compile(_BEFORE_ROOT + rb"<(?:urlset|sitemapindex)\b", re.S)
_HTML_TYPE = re.compile(r"html|xml|text/plain|^$|octet-stream|unknown", re.IGNORECASE)


@dataclass(frozen=True)
class Document:
    """One page: its tree, the URL after redirects, and the base URL that relative links are resolved against."""

    root: Element
    url: str
    base: str
    text: str
    charset: str

    @cached_property
    def linked_data(self) -> tuple[json_ld.JsonLdNode, ...]:
        """The nodes of the page's JSON-LD."""
        return tuple(json_ld.nodes_of(self.root))

    @cached_property
    def article_node(self) -> json_ld.JsonLdNode:
        """The JSON-LD node of the article, an empty one where there is none."""
        return json_ld.article_node(self.linked_data)


class NotHtmlError(ValueError):
    """The response is no HTML page."""


class EmptyPageError(ValueError):
    """The response has no content."""


def open_document(page: Response) -> Document:
    """Decode and parse a response. Raises NotHtmlError and EmptyPageError."""
    kind = page.header("content-type") or ""
    if page.body.startswith(_BINARY_SIGNATURES) or not _HTML_TYPE.search(kind.split(";")[0].strip()):
        raise NotHtmlError(f"the page is {kind.split(';')[0].strip() or 'binary data'}, not HTML")
    if is_feed(page.body):
        raise NotHtmlError("the address is that of a feed, not of a page")
    if _SITEMAP_ROOT.match(page.body[:2_000]):
        raise NotHtmlError("the address is that of a sitemap, not of a page")
    if not page.body or page.body.isspace():
        raise EmptyPageError("the page is empty")
    text, charset = decode(page.body, header=_header_charset(kind), declared=_declared_charset(page.body))
    return parse_document(text, page.final_url or page.url, charset)


def is_feed(body: bytes) -> bool:
    """Whether a body begins as RSS, RDF or Atom."""
    return _FEED_ROOT.match(body[:2_000]) is not None


def parse_document(text: str, url: str, charset: str = "utf-8") -> Document:
    """Parse decoded HTML. Raises NotHtmlError where it has no element, EmptyPageError where it is empty."""
    text = text.lstrip("\ufeff")
    if not text or text.isspace():
        raise EmptyPageError("the page is empty")
    if "<" not in text:
        raise NotHtmlError("the page has no markup")
    root = _parse(text)
    return Document(root=root, url=url, base=_base_url(root, url), text=text, charset=charset)


def _parse(text: str) -> Element:
    data = markup_for_parser(text).translate(None, _CONTROL_BYTES)
    root = parse_html(data)
    if root is not None and next(root.iter("body"), None) is not None:
        return root
    # A page with `<html/>` or without a body: what follows the head is parsed as the body.
    root = parse_html(b"<html><body>" + _FRAME_TAG.sub(b"", data))
    body = None if root is None else next(root.iter("body"), None)
    if root is None or body is None or not (len(body) or (body.text or "").strip()):
        raise EmptyPageError("the page has no body")
    return root


def _base_url(root: Element, url: str) -> str:
    """The base URL of the document: `<base href>` resolved against the URL of the page (HTML, 2.4.3)."""
    for element in root.iter("base"):
        href = (element.get("href") or "").strip()
        if href:
            try:
                joined = urljoin(url, href)
            except ValueError:
                break
            return joined if joined.startswith(("http://", "https://")) else url
    return url


def _header_charset(kind: str) -> str | None:
    found = re.search(r"charset\s*=\s*[\"']?\s*([\w.:\-]{2,40})", kind, re.IGNORECASE)
    return found[1] if found else None


def _declared_charset(body: bytes) -> str | None:
    found = _META_CHARSET.search(body[:8192])
    return found[1].decode("ascii", "replace") if found else None
