"""The bytes of one sitemap file → its addresses, or the files that it names. No tree is built: blocks are read in turn.

A file is a `urlset`, a `sitemapindex`, a text with one address a line, or a robots.txt with `Sitemap:` lines. Entities
of a DTD are never expanded. Markup that is not well-formed (`&` in an address, a missing end tag) is read as far as the
single block goes.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from urllib.parse import urlsplit

from ingestd.feeds.decode import unpack
from ingestd.identity.urls import absolute_url, has_http_scheme, is_serialised
from ingestd.text.charset import decode
from ingestd.text.plain_text import clean_line

#: The protocol's limits of one file: bytes of its uncompressed text, and addresses.
MAX_SITEMAP_BYTES = 52_428_800
MAX_SITEMAP_URLS = 50_000
_MAX_BLOCK_BYTES = 64_000
_MAX_FIELD_CHARS = 2_000
_MAX_IMAGES = 10
_HEAD_BYTES = 65_536

_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})""", re.I)
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(urlset|sitemapindex)(?=[\s/>])", re.I)
_NAMESPACE = re.compile(
    rb"""xmlns:([\w.-]{1,40})\s*=\s*["']https?://www\.google\.com/schemas/sitemap-(news|image)/""", re.I
)
_BLOCK_TAG = re.compile(rb"<!--|<(/?)((?:[\w.-]{1,40}:)?)(url|sitemap)(?=[\s/>])[^<>]{0,2000}>", re.I)
_END = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:urlset|sitemapindex)\s*>", re.I)
_EMPTY_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:urlset|sitemapindex)\b[^<>]{0,5000}/>", re.I)
_FIELD = re.compile(
    rb"<((?:[\w.-]{1,40}:)?[\w.-]{1,40})(?:\s[^<>]{0,1000})?>\s*(?:<!\[CDATA\[(.{0,9000}?)\]\]>|([^<]{0,9000}))", re.S
)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
_ROBOTS_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*([^\s#]{1,4000})", re.I | re.M)


class SitemapKind(StrEnum):
    """What a file of a sitemap is."""

    URLS = "urlset"
    INDEX = "sitemapindex"
    TEXT = "text"
    ROBOTS = "robots"


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """One address of a sitemap, raw as the file has it except `loc`, an absolute http(s) URL.

    `lastmod` is when the page last changed: never when the article was published. `title`, `published`, `language` (of
    the publication), `publication` (its name) and `keywords` are of the news extension, `images` of the image one.
    """

    loc: str
    lastmod: str = ""
    title: str = ""
    published: str = ""
    language: str = ""
    publication: str = ""
    keywords: str = ""
    images: tuple[str, ...] = ()
    is_news: bool = False


@dataclass(frozen=True, slots=True)
class SitemapChild:
    """A file that an index names, and when it last changed by the index, raw ("" where it does not say)."""

    url: str
    lastmod: str = ""


@dataclass(frozen=True, slots=True)
class SitemapText:
    """The text of a file in UTF-8, and what the file is; `kind` is None where it is no sitemap. `url` is its address.

    `ended` is False where it breaks off before its end.
    """

    url: str
    body: bytes
    kind: SitemapKind | None
    ended: bool = True


def open_sitemap(body: bytes, url: str, content_type: str | None = None) -> SitemapText:
    """The text of a file, gunzipped by its content and in UTF-8. Never raises."""
    text = _as_utf8(unpack(body, MAX_SITEMAP_BYTES), content_type)
    root = _ROOT.search(text, 0, _HEAD_BYTES)
    if root is not None:
        kind = SitemapKind.URLS if root[1].lower() == b"urlset" else SitemapKind.INDEX
        is_whole = _END.search(text, max(0, len(text) - 4_096)) or _EMPTY_ROOT.match(text, root.start())
        return SitemapText(url, text, kind, is_whole is not None)
    if urlsplit(url).path.lower().endswith("/robots.txt") and not text.lstrip().startswith(b"<"):
        return SitemapText(url, text, SitemapKind.ROBOTS)
    first = text.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0].strip()
    is_text = has_http_scheme(first[:4_000].decode("utf-8", "replace")) and b" " not in first and b"<" not in first
    return SitemapText(url, text, SitemapKind.TEXT if is_text else None)


def is_index(body: bytes, url: str) -> bool:
    """Whether a file names further files: an index, or a robots.txt. Only its beginning is read."""
    return open_sitemap(body[:_HEAD_BYTES], url).kind in (SitemapKind.INDEX, SitemapKind.ROBOTS)


def _as_utf8(body: bytes, content_type: str | None) -> bytes:
    declared = _XML_ENCODING.search(body, 0, 1_000)
    name = declared[1].decode("ascii", "replace") if declared else None
    if body.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")) or (
        name and name.lower() not in ("utf-8", "utf8")
    ):
        return decode(body, header=content_type, declared=name)[0].encode("utf-8", "replace")
    return body


def sitemap_urls(text: SitemapText) -> Iterator[SitemapUrl]:
    """The addresses of a `urlset` or a text, in its order; others have none.

    One more than `MAX_SITEMAP_URLS` tells that the file has more than the protocol allows, which are not read.
    """
    if text.kind is SitemapKind.TEXT:
        yield from islice(_text_urls(text), MAX_SITEMAP_URLS + 1)
    elif text.kind is SitemapKind.URLS:
        prefixes = _extension_prefixes(text.body)
        found = (_read_url(block, prefix, prefixes, text.url) for block, prefix in _blocks(text.body, b"url"))
        yield from (url for url in islice(found, MAX_SITEMAP_URLS + 1) if url is not None)


def sitemap_children(text: SitemapText) -> Iterator[SitemapChild]:
    """The files that an index or a robots.txt names, in its order, each once, at most `MAX_SITEMAP_URLS`."""
    seen: set[str] = set()
    for child in islice(_children(text), MAX_SITEMAP_URLS):
        if child.url not in seen and child.url != text.url:
            seen.add(child.url)
            yield child


def _children(text: SitemapText) -> Iterator[SitemapChild]:
    if text.kind is SitemapKind.ROBOTS:
        for line in _ROBOTS_SITEMAP.finditer(text.body):
            if url := _address(line[1].decode("utf-8", "replace"), text.url):
                yield SitemapChild(url)
    elif text.kind is SitemapKind.INDEX:
        for block, prefix in _blocks(text.body, b"sitemap"):
            fields = _fields(block)
            if url := _address(next(iter(fields.get(prefix + b"loc", ())), ""), text.url):
                yield SitemapChild(url, next(iter(fields.get(prefix + b"lastmod", ())), ""))


def _text_urls(text: SitemapText) -> Iterator[SitemapUrl]:
    for line in re.finditer(rb"[^\r\n]{1,4000}", text.body):
        address = line[0].decode("utf-8", "replace").strip("\ufeff \t")
        if has_http_scheme(address) and (url := _address(address, text.url)):
            yield SitemapUrl(url)


def _blocks(body: bytes, name: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The content of each `<url>` or `<sitemap>`, with the prefix of that element's name; comments are skipped.

    A block without an end tag ends at the next one, or with its root; one in which the file breaks off is left out.
    """
    position, opened, prefix = 0, -1, b""
    while (tag := _BLOCK_TAG.search(body, position)) is not None:
        position = tag.end()
        if tag[0] == b"<!--":
            end = body.find(b"-->", position)
            position = end + 3 if end >= 0 else len(body)
            continue
        if tag[3].lower() != name:
            continue
        if opened >= 0:
            yield body[opened : min(tag.start(), opened + _MAX_BLOCK_BYTES)], prefix
        opened, prefix = (-1, b"") if tag[1] else (tag.end(), tag[2].lower())
    if opened >= 0 and (end_of_root := _END.search(body, opened)) is not None:
        yield body[opened : min(end_of_root.start(), opened + _MAX_BLOCK_BYTES)], prefix


def _extension_prefixes(body: bytes) -> dict[str, bytes]:
    """The prefixes that a file gives to the news and the image extension; the usual ones where it declares none."""
    found = {"news": b"news:", "image": b"image:"}
    return found | {
        match[2].decode().lower(): match[1].lower() + b":" for match in _NAMESPACE.finditer(body, 0, _HEAD_BYTES)
    }


def _fields(block: bytes) -> dict[bytes, list[str]]:
    """The texts of a block's elements by name, lower case with their prefix; nested ones as well."""
    found: dict[bytes, list[str]] = {}
    if b"<!--" in block:
        block = _COMMENT.sub(b"", block)
    for field in _FIELD.finditer(block):
        is_cdata = field[2] is not None
        raw = (field[2] if is_cdata else field[3]).decode("utf-8", "replace").strip()[:_MAX_FIELD_CHARS]
        if raw:
            value = html.unescape(raw) if "&" in raw and not is_cdata else raw
            found.setdefault(field[1].lower(), []).append(value)
    return found


def _read_url(block: bytes, prefix: bytes, prefixes: dict[str, bytes], base: str) -> SitemapUrl | None:
    fields = _fields(block)

    def first(name: bytes) -> str:
        return next(iter(fields.get(name, ())), "")

    loc = _address(first(prefix + b"loc"), base)
    if loc is None:
        return None
    news, images = prefixes["news"], fields.get(prefixes["image"] + b"loc", [])[:_MAX_IMAGES]
    return SitemapUrl(
        loc,
        first(prefix + b"lastmod"),
        clean_line(html.unescape(first(news + b"title"))),
        first(news + b"publication_date"),
        first(news + b"language"),
        clean_line(first(news + b"name")),
        first(news + b"keywords"),
        tuple(image for raw in images if (image := _address(raw, base))),
        is_news=news + b"publication_date" in fields or news + b"title" in fields,
    )


def _address(raw: str, base: str) -> str | None:
    """The absolute http(s) URL of an address; None where it is none. One relative to its file is accepted."""
    text = "".join(raw.split()) if "\n" in raw else raw.strip()
    if not text:
        return None
    return text if is_serialised(text) and has_http_scheme(text) else absolute_url(base, text)
