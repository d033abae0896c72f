"""JSON-LD of a page: the node of its article (schema.org Article and its subtypes). Bounded, never raises."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import TypeAlias

from lxml import etree

_ARTICLE_TYPE = re.compile(
    r"(?:Article|BlogPosting|LiveBlogPosting|Report|Review|Recipe|SocialMediaPosting"
    r"|DiscussionForumPosting|MedicalWebPage|HowTo)$"
)
_PAGE_TYPES = frozenset({"WebPage", "ItemPage", "AboutPage", "VideoObject", "PodcastEpisode", "CreativeWork"})
_MAX_SCRIPT_CHARS = 2_000_000
_MAX_NODES = 2_000
_CONTROL_CHARS = re.compile(r"[\x00-\x1f]+")
_COMMENT_WRAPPER = re.compile(
    r"^\s*(?://\s*)?(?:<!--|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?://\s*)?(?:-->|\]\]>|/\*\s*\]\]>\s*\*/)\s*;?\s*$"
)

JsonLdNode: TypeAlias = Mapping[str, object]


def article_node(nodes: Iterable[JsonLdNode]) -> JsonLdNode:
    """The node of the page's article: the one with most properties; an empty one where there is none."""
    best: JsonLdNode = {}
    best_worth = 0
    for node in nodes:
        worth = _article_score(node)
        if worth > best_worth:
            best, best_worth = node, worth
    return best


def site_name(nodes: Iterable[JsonLdNode], article: JsonLdNode) -> str | None:
    """The name of the publisher or the site."""
    for owner in (article.get("publisher"), article.get("isPartOf")):
        name = text_value(owner)
        if name:
            return name
    for node in nodes:
        if "WebSite" in _types(node) and text_value(node.get("name")):
            return text_value(node.get("name"))
    return None


def nodes_of(root: etree._Element) -> Iterator[JsonLdNode]:
    """All nodes in the JSON-LD scripts of a page."""
    budget = _MAX_SCRIPT_CHARS
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = script.text or ""
        budget -= len(text)
        if budget < 0:
            return
        yield from _all_nodes(_parsed(text))


def _parsed(text: str) -> object:
    text = _COMMENT_WRAPPER.sub("", _COMMENT_WRAPPER.sub("", text)).strip().rstrip(";")
    for candidate in (text, _CONTROL_CHARS.sub(" ", text), unescape(text)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _all_nodes(data: object) -> Iterator[JsonLdNode]:
    """The nodes in arrays, `@graph` and main entities, breadth first, at most `_MAX_NODES`."""
    queue: list[object] = [data]
    for count, item in enumerate(queue):
        if count > _MAX_NODES:
            return
        if isinstance(item, list):
            queue.extend(item)
        elif isinstance(item, dict):
            yield item
            queue.extend(
                item[key]
                for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement")
                if isinstance(item.get(key), (list, dict))
            )


def _types(node: JsonLdNode) -> tuple[str, ...]:
    """The `@type`s of a node."""
    value = node.get("@type")
    found = value if isinstance(value, list) else [value]
    return tuple(str(kind).rsplit("/", 1)[-1] for kind in found if kind)


def _article_score(node: JsonLdNode) -> int:
    names = _types(node)
    if any(_ARTICLE_TYPE.search(name) for name in names):
        return 10 + sum(bool(node.get(key)) for key in ("headline", "datePublished", "author", "articleBody"))
    if _PAGE_TYPES.intersection(names) and any(map(node.get, ("datePublished", "headline", "uploadDate"))):
        return 5
    return 0


def text_value(value: object) -> str | None:
    """A value as text: the first of a list, character references resolved."""
    if isinstance(value, list):
        return next((text for text in map(text_value, value[:20]) if text), None)
    if isinstance(value, dict):
        return text_value(value.get("@value") or value.get("name"))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return unescape(str(value)).strip() or None
    return None


def person_names(value: object) -> list[str]:
    """The names of all persons of an `author`."""
    values = value if isinstance(value, list) else [value]
    return [name for name in map(text_value, values[:30]) if name]


def url_of(value: object) -> str | None:
    """The URL of an image or page: a text, an object with url, contentUrl or @id, or a list of these."""
    if isinstance(value, list):
        return next((url for url in map(url_of, value[:20]) if url), None)
    if isinstance(value, dict):
        return url_of(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value.strip() or None if isinstance(value, str) else None
