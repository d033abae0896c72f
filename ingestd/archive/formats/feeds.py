"""Posts as feeds with their whole content: Atom 1.0 (RFC 4287) and JSON Feed 1.1."""

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TextIO
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from ingestd.model.feed import Enclosure
from ingestd.model.post import Post
from ingestd.text.characters import replace_surrogates
from ingestd.text.times import utc_text

# Characters that an XML 1.0 document may not hold, not even as a reference (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


def write_atom(posts: Iterable[Post], stream: TextIO, *, title: str, now: datetime) -> int:
    """Write an Atom feed, entry by entry; returns the number of entries. `now` is the feed's `updated`."""
    stream.write(
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{_urn(f'feed:{title}')}</id>\n<title>{_xml(title)}</title>\n<updated>{utc_text(now)}</updated>\n"
        f"<author><name>{_xml(title) or 'ingestd'}</name></author>\n<generator>ingestd</generator>\n"
    )
    count = 0
    for count, post in enumerate(posts, start=1):  # noqa: B007
        stream.write("".join(_atom_entry(post)))
    stream.write("</feed>\n")
    return count


def write_json_feed(posts: Iterable[Post], stream: TextIO, *, title: str) -> int:
    """Write a JSON Feed, item by item (https://www.jsonfeed.org/version/1.1/); returns the number of items."""
    head = {"version": "https://jsonfeed.org/version/1.1", "title": title}
    stream.write(_json(head)[:-1] + ', "items": [')
    count = 0
    for count, post in enumerate(posts, start=1):
        stream.write(("\n" if count == 1 else ",\n") + _json(_json_item(post)))
    stream.write("\n]}\n")
    return count


def _atom_entry(post: Post) -> Iterator[str]:
    language = f' xml:lang="{post.language}"' if _is_language(post.language) else ""
    yield f"<entry{language}>\n<id>{_urn(post.from_url)}</id>\n<title>{_xml(post.title)}</title>\n"
    yield f"<published>{utc_text(post.date)}</published>\n<updated>{utc_text(_updated(post))}</updated>\n"
    if url := _xml_url(post.from_url):
        yield f'<link rel="alternate" type="text/html" href={quoteattr(url)}/>\n'
    if name := _xml(post.author).strip():
        yield f"<author><name>{name}</name></author>\n"
    yield from _atom_categories(post)
    for enclosure in post.enclosures:
        yield _atom_enclosure(enclosure)
    yield f'<content type="html">{_xml(post.content)}</content>\n</entry>\n'


def _atom_categories(post: Post) -> Iterator[str]:
    """The entry's own categories with their schemes, then tags and categories of the source; each term once."""
    stated = {category.term: category.scheme for category in post.feed_categories or ()}
    for term in dict.fromkeys((*stated, *post.tags, *post.categories)):
        scheme = _xml_url(stated.get(term) or "")
        if term:
            yield f"<category term={_attribute(term)}{f' scheme={quoteattr(scheme)}' if scheme else ''}/>\n"


def _atom_enclosure(enclosure: Enclosure) -> str:
    url = _xml_url(enclosure.url)
    if not url:
        return ""
    kind = f' type="{enclosure.type}"' if _is_media_type(enclosure.type) else ""
    length = f' length="{enclosure.length}"' if enclosure.length is not None and enclosure.length >= 0 else ""
    return f'<link rel="enclosure" href={quoteattr(url)}{kind}{length}/>\n'


def _json_item(post: Post) -> dict[str, object]:
    item: dict[str, object] = {
        "id": post.from_url,
        "url": post.from_url,
        "title": post.title,
        "content_html": post.content,
        "date_published": utc_text(post.date),
        "date_modified": utc_text(_updated(post)),
        "authors": [{"name": post.author}],
        "tags": list(dict.fromkeys((*post.tags, *(category.term for category in post.feed_categories or ())))),
    }
    if _is_language(post.language):
        item["language"] = post.language
    if post.image:
        item["image"] = post.image
    # JSON Feed 1.1 requires `mime_type` in each attachment.
    attachments = [_attachment(one) for one in post.enclosures if _is_media_type(one.type)]
    return {**item, "attachments": attachments} if attachments else item


def _attachment(enclosure: Enclosure) -> dict[str, object]:
    size = {} if enclosure.length is None else {"size_in_bytes": enclosure.length}
    return {"url": enclosure.url, "mime_type": enclosure.type, **size}


def _updated(post: Post) -> datetime:
    """When the article last changed: as it states, else when its last revision was stored, else its date."""
    if post.modified_at is not None:
        return max(post.modified_at, post.date)
    return post.updated_at if post.revision > 1 and post.updated_at is not None else post.date


def _urn(name: str) -> str:
    """An identifier for `atom:id` (RFC 4287, section 4.2.6), of the name alone: the same in every export."""
    return uuid.uuid5(uuid.NAMESPACE_URL, replace_surrogates(name)).urn


def _xml_url(url: str) -> str | None:
    """An http(s) URL percent-encoded for XML; None for anything else, because feed readers follow it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    return quote(replace_surrogates(url), safe="%/:=&?~#+!$,;'@()*[]")


def _json(value: object) -> str:
    return replace_surrogates(json.dumps(value, ensure_ascii=False))


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text).replace("\r", "\n"))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("", text))


def _is_language(language: str | None) -> bool:
    return language is not None and _LANGUAGE.fullmatch(language) is not None


def _is_media_type(kind: str | None) -> bool:
    return kind is not None and _MEDIA_TYPE.fullmatch(kind) is not None
