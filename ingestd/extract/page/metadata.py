"""Metadata of an article from its page: each field from the first of its sources that has a readable value.

site rule ▸ JSON-LD ▸ OpenGraph and other meta elements ▸ microdata ▸ `<time>`, headings ▸ visible bylines and dates
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from ingestd.extract.html.links import absolute_link, is_placeholder_image
from ingestd.extract.html.tree import text_of, xpath_elements
from ingestd.extract.page import json_ld
from ingestd.extract.page.author_names import split_names
from ingestd.extract.page.document import Document
from ingestd.extract.page.metadata_sources import (
    AUTHOR_META_NAMES,
    IMAGE_META_NAMES,
    MODIFIED_META_NAMES,
    PUBLISHED_META_NAMES,
    SITE_META_NAMES,
    MetadataSources,
)
from ingestd.extract.page.titles import is_site_name, title_candidates, title_reader
from ingestd.extract.rules.selectors import select
from ingestd.model.feed import Timestamp
from ingestd.model.source import SiteRule
from ingestd.text.dates import parse_date
from ingestd.text.plain_text import clean_line
from ingestd.text.script_language import script_language

_Value = TypeVar("_Value")
#: The day of publication in a URL: /2024/05/01/, /2024-05-01-story, /20240501/.
_URL_DATE = re.compile(r"/((?:19|20)\d\d)([/-]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?=[/_.-])")
#: The largest difference between a day as written and a time on that day, in any time zones.
_MAX_SAME_DAY = timedelta(hours=38)
_WECHAT_TIME = re.compile(r"\b(?:var\s+ct|ori_create_time|create_time)\s*[=:]\s*[\"']?(\d{10})\b")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}")


@dataclass(slots=True)
class Metadata:
    """Fields of the article, and the origin of each that is present."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    modified: Timestamp | None = None
    canonical_url: str | None = None
    language: str | None = None
    site_name: str | None = None
    image: str | None = None
    origins: dict[str, str] = field(default_factory=dict)
    # Selectors of site rules that match nothing on this page, as "title = 'h1.x'".
    missed: tuple[str, ...] = ()


def read_metadata(document: Document, rules: tuple[SiteRule, ...], timezone: str | None) -> Metadata:
    """The metadata of a page; fields without a readable value stay empty."""
    page = MetadataSources.of_page(document, rules, timezone)
    found = Metadata()
    found.language = _first_readable(found, "language", _language_candidates(page), _language_tag)
    found.site_name = _first_readable(found, "site_name", _site_name_candidates(page), clean_line)
    read = title_reader(page, found.site_name)
    host = urlsplit(document.url).hostname or ""
    telling = (
        (value, origin) for value, origin in title_candidates(page) if not is_site_name(value, found.site_name, host)
    )
    found.title = _first_readable(found, "title", telling, read) or _first_readable(
        found, "title", title_candidates(page), read
    )
    _read_authors(page, found)
    read_date = _date_reader(page, found.language)
    _read_published(page, found, read_date)
    found.modified = _first_readable(found, "modified", _modified_candidates(page), read_date)
    found.canonical_url = _first_readable(
        found, "canonical_url", _canonical_url_candidates(page), _canonical_reader(page)
    )
    found.missed = _unmatched_selectors(page)
    found.image = _first_readable(found, "image", _image_candidates(page), _image_reader(page))
    return found


def _unmatched_selectors(page: MetadataSources) -> tuple[str, ...]:
    """The title and date selectors of rules that match nothing. An author selector may match nothing on some pages."""
    selectors = [(name, getattr(rule, name)) for rule in page.rules for name in ("title", "date")]
    return tuple(f"{name} = {path!r}" for name, path in selectors if path and not select(page.document.root, path))


def _first_readable(
    found: Metadata, name: str, values: Iterable[tuple[str, str]], read: Callable[[str], _Value | None]
) -> _Value | None:
    """The first readable value; its origin is recorded."""
    for value, origin in values:
        result = read(value)
        if result:
            found.origins[name] = origin
            return result
    return None


def _read_authors(page: MetadataSources, found: Metadata) -> None:
    for values, origin in _author_candidates(page):
        names = split_names(value for value in values if value.casefold() != (found.site_name or "").casefold())
        if names:
            shown = page.surface.authors() if len(names) == 1 and origin in ("meta", "opengraph") else ()
            # A meta element often names only one of several authors.
            is_more = len(shown) > 1 and names[0] in shown
            found.authors = shown if is_more else names
            found.origins["authors"] = "byline" if is_more else origin
            return


def _author_candidates(page: MetadataSources) -> Iterator[tuple[list[str], str]]:
    yield [value for value, _origin in page.rule(lambda rule: rule.author)], "rule"
    yield json_ld.person_names(page.article.get("author")), "json-ld"
    for value, origin in page.meta_tags(AUTHOR_META_NAMES):
        yield [value], origin
    yield list(page.surface.authors()), "byline"
    if "mp.weixin.qq.com" in page.document.url:
        # The account that published the article, where it names no author.
        yield [text_of(element) for element in xpath_elements(page.body, ".//*[@id='js_name']")[:1]], "account"


def _published_candidates(page: MetadataSources) -> Iterator[tuple[str, str]]:
    yield from page.rule(lambda rule: rule.date)
    for key in ("datePublished", "dateCreated", "uploadDate"):
        value = json_ld.text_value(page.article.get(key))
        if value:
            yield value, "json-ld"
    yield from page.meta_tags(PUBLISHED_META_NAMES)
    yield from page.microdata("datePublished")
    # Baidu's vocabulary for pages: the time that is displayed.
    yield from page.microdata("dateUpdate")
    wechat = _WECHAT_TIME.search(page.document.text) if "mp.weixin.qq.com" in page.document.url else None
    if wechat:
        yield wechat[1], "script"
    for _number, value in zip(range(8), page.surface.dates(), strict=False):
        yield value, "text"
    in_address = _URL_DATE.search(page.document.url)
    if in_address:
        yield "-".join(in_address.group(1, 3, 4)), "address"


def _read_published(page: MetadataSources, found: Metadata, read: Callable[[str], Timestamp | None]) -> None:
    """The first readable time. If it is only a day, a later candidate with a time on that day takes precedence."""
    for value, origin in _published_candidates(page):
        time = read(value)
        if time is None or (found.published is not None and not _is_time_of_day(time, found.published)):
            continue
        found.published = time
        found.origins["published"] = origin
        if ":" in time.raw:
            return


def _is_time_of_day(time: Timestamp, day: Timestamp) -> bool:
    return ":" in time.raw and abs(time.utc - day.utc) < _MAX_SAME_DAY


def _modified_candidates(page: MetadataSources) -> Iterator[tuple[str, str]]:
    value = json_ld.text_value(page.article.get("dateModified"))
    if value:
        yield value, "json-ld"
    yield from page.meta_tags(MODIFIED_META_NAMES)
    yield from page.microdata("dateModified")


def _date_reader(page: MetadataSources, language: str | None) -> Callable[[str], Timestamp | None]:
    text_language = script_language(" ".join(_title_samples(page)))

    def read(value: str) -> Timestamp | None:
        return parse_date(clean_line(value)[:200], zone=page.timezone, language=language, text_language=text_language)

    return read


def _title_samples(page: MetadataSources) -> Iterator[str]:
    """Titles and the description, whose script tells the language of a page that states none, or that of a template."""
    for element in page.document.root.iter("title"):
        yield text_of(element)[:500]
    for name in ("og:title", "description", "og:description"):
        yield page.meta.get(name, "")[:500]


def _language_candidates(page: MetadataSources) -> Iterator[tuple[str, str]]:
    for element in (page.document.root, page.body):
        for name in ("lang", "{http://www.w3.org/XML/1998/namespace}lang", "xml:lang"):
            value = element.get(name)
            if value:
                yield value, "html"
    value = json_ld.text_value(page.article.get("inLanguage"))
    if value:
        yield value, "json-ld"
    yield from page.meta_tags(("og:locale", "content-language", "dc.language", "language"))


def _language_tag(value: str) -> str | None:
    found = _LANGUAGE.fullmatch(value.strip().split(",")[0].strip())
    if not found:
        return None
    first, *rest = found[0].replace("_", "-").split("-")
    parts = [part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part for part in rest]
    return "-".join([first.lower(), *parts])


def _site_name_candidates(page: MetadataSources) -> Iterator[tuple[str, str]]:
    value = page.meta.get("og:site_name")
    if value:
        yield value, "opengraph"
    value = json_ld.site_name(page.document.linked_data, page.article)
    if value:
        yield value, "json-ld"
    yield from page.meta_tags(SITE_META_NAMES)


def _canonical_url_candidates(page: MetadataSources) -> Iterator[tuple[str, str]]:
    for element in page.document.root.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split() and element.get("href"):
            yield element.get("href", ""), "link"
    yield from page.meta_tags(("og:url", "twitter:url"))
    value = json_ld.url_of(page.article.get("mainEntityOfPage")) or json_ld.url_of(page.article.get("url"))
    if value:
        yield value, "json-ld"


def _canonical_reader(page: MetadataSources) -> Callable[[str], str | None]:
    own = urlsplit(page.document.url)

    def read(value: str) -> str | None:
        address = absolute_link(value, page.document.base)
        if not address or address.startswith("mailto:"):
            return None
        path = urlsplit(address).path
        # A canonical URL that is the front page, on another page, is an error of the site.
        return (
            None
            if path in ("", "/") and (own.path not in ("", "/") or own.query) and not urlsplit(address).query
            else address
        )

    return read


def _image_candidates(page: MetadataSources) -> Iterator[tuple[str, str]]:
    yield from page.meta_tags(IMAGE_META_NAMES)
    value = json_ld.url_of(page.article.get("image")) or json_ld.url_of(page.article.get("thumbnailUrl"))
    if value:
        yield value, "json-ld"
    for element in page.document.root.iter("link"):
        if "image_src" in (element.get("rel") or "").lower().split():
            yield element.get("href") or "", "link"
    yield from page.microdata("image")


def _image_reader(page: MetadataSources) -> Callable[[str], str | None]:
    def read(value: str) -> str | None:
        address = absolute_link(value, page.document.base)
        return None if not address or address.startswith("mailto:") or is_placeholder_image(address) else address

    return read
