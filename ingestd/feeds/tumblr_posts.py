"""Posts of Tumblr's first API (`/api/read`) as a feed. https://www.tumblr.com/docs/en/api/v1

The document is `<tumblr><tumblelog/><posts start total><post id url type date-gmt unix-timestamp …>`, where the kind of
a post tells which elements have its title and its text.
"""

from datetime import UTC, datetime

from lxml import etree

from ingestd.feeds.entries import MAX_ENTRY_CHARS, MAX_PROBLEMS, entry_too_large
from ingestd.feeds.fields import absolute
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.text_constructs import as_line, stripped_text
from ingestd.feeds.xml_tree import parse_leniently
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Category, Entry, Feed, Problem, Timestamp, ZoneOrigin
from ingestd.text.charset import decode

_TITLES = ("regular-title", "link-text", "conversation-title", "question")
_TEXTS = (
    "regular-body",
    "link-description",
    "photo-caption",
    "quote-text",
    "quote-source",
    "conversation-text",
    "video-caption",
    "audio-caption",
    "answer",
)
_MAX_TITLE_CHARS = 2_000
_MAX_TAGS = 100
_MAX_DIGITS = 12


def read_tumblr_posts(body: bytes, *, url: str) -> tuple[Feed, int | None]:
    """The posts in a response of `url`, and how many the blog has. Pure. Raises PermanentError for something else."""
    text = decode(body, declared="utf-8")[0].lstrip("\ufeff \t\r\n")
    start = text.find("<tumblr")
    root = parse_leniently(text[start:], {})[0] if 0 <= start < 1_000 else None
    posts = root.find("posts") if root is not None else None
    if posts is None:
        raise PermanentError(Outcome.NOT_A_FEED, "the answer is no list of Tumblr's posts")
    entries: list[Entry] = []
    problems: list[Problem] = []
    found = posts.findall("post")
    for post in found:
        link = absolute(post.get("url-with-slug") or post.get("url") or "", url)
        size = sum(len(stripped_text(child)) for child in post)
        if link is None:
            problems.append(Problem(Outcome.ENTRY_BROKEN, "a post of the list has no address"))
        elif size > MAX_ENTRY_CHARS:
            problems.append(entry_too_large(size))
        else:
            entries.append(_entry(post, link, url))
    feed = Feed("tumblr", entries=tuple(entries), total=len(found), problems=tuple(problems[:MAX_PROBLEMS]))
    return feed, _number(posts.get("total"))


def _entry(post: etree._Element, link: str, url: str) -> Entry:
    title = next((line for name in _TITLES if (line := as_line(_text(post, name)))), "")
    photo = _text(post, "photo-url")
    image = f'<p><img src="{photo}"></p>' if photo and absolute(photo, url) == photo and '"' not in photo else ""
    return Entry(
        title=title[:_MAX_TITLE_CHARS],
        link=link,
        # The guid of the RSS feed.
        guid=absolute(post.get("url") or "", url) or link,
        content=image + "\n".join(text for name in _TEXTS if (text := _text(post, name))),
        published=_published(post),
        categories=tuple(Category(tag) for tag in dict.fromkeys(_tags(post))),
        base_url=link,
        digest=entry_digest(etree.tostring(post, encoding="unicode"), context_digest("tumblr", url)),
    )


def _published(post: etree._Element) -> Timestamp | None:
    seconds = _number(post.get("unix-timestamp"))
    if seconds is None:
        return None
    return Timestamp(post.get("date-gmt") or str(seconds), datetime.fromtimestamp(seconds, UTC), ZoneOrigin.STATED)


def _text(post: etree._Element, name: str) -> str:
    found = post.find(name)
    return "" if found is None else stripped_text(found)


def _tags(post: etree._Element) -> list[str]:
    return [tag for element in post.findall("tag")[:_MAX_TAGS] if (tag := as_line(stripped_text(element))[:500])]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS - 2 else None
