"""Whether an article that a source lists under a new address is one that it listed under another: the site moved it."""

import re
from urllib.parse import urlsplit

from ingestd.identity import urls
from ingestd.identity.evidence import MIN_COMPARED_CHARS, normalised_text, normalised_title, similar_texts
from ingestd.model.article import PAGE_ORIGINS
from ingestd.model.post import KnownPost, Post

_DIGITS = re.compile(r"\d+")


def is_moved(post: Post, known: KnownPost, *, same_entry: bool) -> bool:
    """Whether `post`, which is to be stored, is `known` of the same source under another address.

    Title and published time must be equal, and the text the same; `same_entry` says that the feed's entries have the
    same words, which is sufficient where the page of `post` gave no text to compare. Two addresses of one host that
    differ in nothing but numbers are those of two articles.
    """
    if post.published_ms is None or post.published_ms != known.published_ms:
        return False
    title = normalised_title(post.title)
    if not title or title != normalised_title(known.title) or are_numbered_alike(post.from_url, known.from_url):
        return False
    if len(normalised_text(post.text)) < MIN_COMPARED_CHARS:
        return False
    same_text = similar_texts(post.text, known.text)
    return same_text is True or (same_entry and (same_text is None or post.body_origin not in PAGE_ORIGINS))


def are_numbered_alike(a: str, b: str) -> bool:
    """Whether two URLs of one host differ, and in nothing but numbers: `/news/17` and `/news/18`, `?p=1` and `?p=2`."""
    parts_a, parts_b = urlsplit(a), urlsplit(b)
    if urls.host_of(a) != urls.host_of(b):
        return False
    own_a, own_b = (f"{parts.path}?{parts.query}#{parts.fragment}" for parts in (parts_a, parts_b))
    return own_a != own_b and _DIGITS.sub("0", own_a) == _DIGITS.sub("0", own_b)
