"""Whether an article that a source lists under a new address is one that it listed under another: the site moved it."""

import re
from urllib.parse import urlsplit

from ingestd.identity import urls
from ingestd.identity.evidence import (
    MIN_COMPARED_CHARS,
    Features,
    compare,
    normalised_text,
    normalised_title,
    similar_texts,
)
from ingestd.model.article import PAGE_ORIGINS
from ingestd.model.post import KnownPost, Post

_DIGITS = re.compile(r"\d+")


def is_moved(post: Post, known: KnownPost, *, same_entry: bool) -> bool:
    """Whether `post`, which is to be stored, is `known` of the same source under another address.

    Title and published time must be equal, and the text the same; `same_entry` says that the feed's entries have the
    same words, which is sufficient where the page of `post` gave no text to compare. Two addresses of one host that
    differ in nothing but numbers are those of two articles. At the same path of another host the article may have been
    edited too.
    """
    if post.published_ms is None or post.published_ms != known.published_ms:
        return False
    if _has_other_host(post.from_url, known.from_url) and _has_like_words(post, known):
        return True
    title = normalised_title(post.title)
    if not title or title != normalised_title(known.title) or are_numbered_alike(post.from_url, known.from_url):
        return False
    if len(normalised_text(post.text)) < MIN_COMPARED_CHARS:
        return False
    same_text = similar_texts(post.text, known.text)
    return same_text is True or (same_entry and (same_text is None or post.body_origin not in PAGE_ORIGINS))


def path_of(url: str) -> str:
    """What follows the host in a web address, and begins with a slash; empty where nothing does."""
    start = url.find("/", len("https://"))
    return url[start:] if start >= 0 else ""


def _has_other_host(a: str, b: str) -> bool:
    """Whether two URLs differ in their hosts alone, and are not those of home pages."""
    return path_of(a) == path_of(b) and not urls.is_home(a) and a != b


def _has_like_words(post: Post, known: KnownPost) -> bool:
    """Whether title or text of an article of one path and one time are the same, and not far outweighed."""
    evidence = compare(Features.of_new_post(post), Features.of_post(known))
    # The path weighs as much as a key.
    return bool(evidence.title or evidence.text) and 1 + evidence.score > 0


def are_numbered_alike(a: str, b: str) -> bool:
    """Whether two URLs of one host differ, and in nothing but numbers: `/news/17` and `/news/18`, `?p=1` and `?p=2`."""
    parts_a, parts_b = urlsplit(a), urlsplit(b)
    if urls.host_of(a) != urls.host_of(b):
        return False
    own_a, own_b = (f"{parts.path}?{parts.query}#{parts.fragment}" for parts in (parts_a, parts_b))
    return own_a != own_b and _DIGITS.sub("0", own_a) == _DIGITS.sub("0", own_b)
