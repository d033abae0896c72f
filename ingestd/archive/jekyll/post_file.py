"""The archive format: a post as a Jekyll file, read and written (docs/archive-format.md).

An imported file is exported byte for byte. What the values of a post do not determine (unusual quotes in the front
matter, an escaped link line) is kept in `Post.extra`, and is written as long as it has the same values as the post. A
post of a feed is written so that YAML and Jekyll read the same values back, its link line is one link, and Jekyll runs
no Liquid of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ingestd.archive.jekyll import front_matter
from ingestd.archive.jekyll.delta import pack, unpack
from ingestd.archive.jekyll.file_names import is_usable_name
from ingestd.archive.jekyll.front_matter import FrontMatter
from ingestd.archive.jekyll.link_line import link_destination, link_line, link_text, unescape_link_text
from ingestd.archive.jekyll.liquid import escape_liquid, has_liquid, unescape_liquid
from ingestd.identity.urls.whatwg import is_http_url
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import ArchiveError
from ingestd.model.feed import ZoneOrigin
from ingestd.model.post import DateOrigin, Post
from ingestd.text.characters import replace_surrogates
from ingestd.text.one_line import one_line
from ingestd.text.plain_text import plain_text
from ingestd.text.times import epoch_ms, utc_text

# Keys in `Post.extra`: the front matter and the link line of the file, and its body as a delta to `content`.
FRONT_MATTER_KEY = "archive.head"
LINK_LINE_KEY = "archive.link"
BODY_KEY = "archive.body"
# Key in `Post.extra`: set where the body of the file holds Liquid that Jekyll runs, and is written unescaped.
LIQUID_KEY = "archive.liquid"

_PUBLISHED_COMMENT = re.compile(r"<!--(NaN|0|-?[1-9]\d{0,15})-->\n")
_BODY_START = "\n------\n\n<div>\n"
_BODY_END = "\n</div>\n"
_EXACT_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+\-]\d\d:?\d\d$)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _FileBody:
    """The text below the front matter in the exact format: comment, link line and `<div>`."""

    published_ms: int | None
    link_line: str
    link_text: str
    link_url: str
    content: str


def render(post: Post) -> bytes:
    """The file of a post, in UTF-8.

    The front matter is valid YAML for any values. The body holds no Liquid that Jekyll would run, unless the post was
    imported from a file that held it.
    """
    extra = dict(post.extra)
    published = "NaN" if post.published_ms is None else str(post.published_ms)
    text = (
        f"---\n{_front_matter_text(post, extra)}\n---\n<!--{published}-->\n{_link_line(post, extra)}{_BODY_START}"
        f"{_body_html(post, extra)}{_BODY_END}"
    )
    return replace_surrogates(text).encode()


def read_post(
    data: bytes, file_name: str | None = None, *, now: datetime, clean: Callable[[str], str] | None = None
) -> Post:
    """The post in a file of any variant of the format. `now` becomes its `fetched_at`.

    `render` gives a file in the exact format back unchanged. The other variants (dates in another form, HTML without
    link line, Windows line ends) are written in the exact format.

    `clean` sanitises HTML. Where that changes the body, the result is the post's `content`, and the file's HTML is kept
    in `extra` for `render`. Without `clean`, `content` is the file's HTML unchanged.

    Raises ArchiveError, with the reason, for a file that is no post.
    """
    head, rest = _split(_decode(data))
    matter = front_matter.load(head)
    body = _read_body(rest, matter.from_url)
    matter = replace(matter, from_url=_checked_url(matter, body))
    if body is None:
        title = matter.title or _title_from_name(file_name)
        content = unescape_liquid(one_line(rest.strip(), tight=True))
        post = _with_clean_content(_post(replace(matter, title=title), content, None, file_name, now), clean)
        # A date with a time is a published time. A day alone is none, nor is a date that is not from the file.
        if post.date_origin is DateOrigin.ARCHIVE and "T" in matter.date.replace(" ", "T"):
            post = replace(post, published_ms=epoch_ms(post.date))
    else:
        post = _post(matter, unescape_liquid(body.content), body.published_ms, file_name, now)
        post = _with_clean_content(_with_file_parts(post, head, body), clean)
    return post


def has_live_liquid(post: Post) -> bool:
    """Whether the file of this post holds Liquid that Jekyll would run. Only posts of imported files can."""
    extra = dict(post.extra)
    return has_liquid(_body_html(post, extra)) or has_liquid(_link_line(post, extra))


def _front_matter_text(post: Post, extra: dict[str, str]) -> str:
    matter = _front_matter_of(post)
    kept = extra.get(FRONT_MATTER_KEY)
    return kept if kept is not None and _has_values(kept, matter) else front_matter.dump(matter)


def _has_values(head: str, matter: FrontMatter) -> bool:
    """Whether a front matter is valid YAML with exactly these values."""
    try:
        return front_matter.load(head) == matter
    except ArchiveError:
        return False


def _front_matter_of(post: Post) -> FrontMatter:
    return FrontMatter(
        layout=post.layout,
        title=post.title,
        date=utc_text(post.date),
        author=post.author,
        from_url=post.from_url,
        tags=post.tags,
        categories=post.categories,
        comments=post.comments,
    )


def _link_line(post: Post, extra: dict[str, str]) -> str:
    title = post.title if post.link_title is None else post.link_title
    kept = extra.get(LINK_LINE_KEY)
    if kept is not None and kept.replace("\0", "").startswith((f"[{title}](", f"[{link_text(title)}](")):
        return kept
    return link_line(title, post.from_url)


def _body_html(post: Post, extra: dict[str, str]) -> str:
    if post.body_origin is BodyOrigin.ARCHIVE:
        kept = unpack(extra[BODY_KEY], post.content) if BODY_KEY in extra else None
        if kept is not None:
            return kept
        return post.content if LIQUID_KEY in extra else escape_liquid(post.content)
    return escape_liquid(one_line(post.content, tight=True))


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArchiveError(f"it is not UTF-8: byte {error.start} is {data[error.start]:#04x}") from error
    return text.replace("\r\n", "\n") if text.startswith("---\r\n") else text


def _split(text: str) -> tuple[str, str]:
    """The front matter and the text below it. Only a line that is exactly `---` ends the front matter."""
    if not text.startswith("---\n"):
        raise ArchiveError("it does not start with a line `---`")
    end = text.find("\n---\n", 3)
    if end < 0 and text.endswith("\n---"):
        end = len(text) - 4
    if end < 4:
        raise ArchiveError("it has no front matter that ends with a line `---`")
    return text[4:end], text[end + 5 :]


def _checked_url(matter: FrontMatter, body: _FileBody | None) -> str:
    url = matter.from_url or (body.link_url if body else "")
    if not url:
        raise ArchiveError("it has no `from`")
    if not is_http_url(url, allow_spaces=True):
        raise ArchiveError(f"its `from` is no web address: {url[:200]!r}")
    return url


def _read_body(rest: str, from_url: str) -> _FileBody | None:
    """The parts of a body in the exact format; None for any other body."""
    comment = _PUBLISHED_COMMENT.match(rest)
    if comment is None or not rest.startswith("[", comment.end()):
        return None
    rest = rest if rest.endswith(_BODY_END) else rest.rstrip() + "\n"
    start = comment.end() + 1
    # The link text may hold `](`, so the whole URL is searched for first.
    written = (from_url, link_destination(from_url)) if from_url else ()
    places = ((rest.find(f"]({url}){_BODY_START}", start), len(url)) for url in written)
    middle, length = next((place for place in places if place[0] >= 0), (-1, 0))
    end = rest.find(f"){_BODY_START}", start) if middle < 0 else middle + 2 + length
    middle = rest.rfind("](", start, end) if middle < 0 <= end else middle
    if middle < 0 or not rest.endswith(_BODY_END):
        return None
    return _FileBody(
        published_ms=None if comment[1] == "NaN" else int(comment[1]),
        link_line=rest[start - 1 : end + 1],
        link_text=rest[start:middle],
        link_url=rest[middle + 2 : end],
        content=rest[end + 1 + len(_BODY_START) : -len(_BODY_END)],
    )


def _post(matter: FrontMatter, content: str, published_ms: int | None, file_name: str | None, now: datetime) -> Post:
    """The post of these parts, with an empty `text`: `_with_clean_content` sets it from the sanitised body."""
    name = _base_name(file_name)
    when, origin, zone = _post_date(matter.date, published_ms, name, now)
    return Post(
        from_url=matter.from_url,
        title=matter.title,
        date=when,
        author=matter.author,
        tags=matter.tags,
        categories=matter.categories,
        content=content,
        text="",
        published_ms=published_ms,
        fetched_at=now,
        date_origin=origin,
        body_origin=BodyOrigin.ARCHIVE,
        zone_origin=zone,
        date_raw=None if _EXACT_DATE.fullmatch(matter.date) else matter.date or None,
        date_clamped=published_ms is not None and published_ms > epoch_ms(when),
        layout=matter.layout,
        comments=matter.comments,
        file_name=name if is_usable_name(name) else None,
    )


def _with_clean_content(post: Post, clean: Callable[[str], str] | None) -> Post:
    """The post with its body sanitised, without NUL, which PostgreSQL refuses; the file's body is kept in `extra`."""
    content = (clean(post.content) if clean else post.content).replace("\0", "")
    if content == post.content:
        return replace(post, text=plain_text(content))
    body = _body_html(post, dict(post.extra))
    return replace(
        post, content=content, text=plain_text(content), extra=(*post.extra, (BODY_KEY, pack(body, content)))
    )


def _with_file_parts(post: Post, head: str, body: _FileBody) -> Post:
    """The post with those parts of its file that its values do not determine, in `link_title` and `extra`."""
    if body.link_text != link_text(post.title):
        post = replace(post, link_title=unescape_link_text(body.link_text).replace("\0", ""))
    extra: list[tuple[str, str]] = []
    if front_matter.dump(_front_matter_of(post)) != head and _has_values(head, _front_matter_of(post)):
        extra.append((FRONT_MATTER_KEY, head))
    if _link_line(post, {}) != body.link_line:
        extra.append((LINK_LINE_KEY, body.link_line))
    if escape_liquid(post.content) != body.content:
        extra.append((LIQUID_KEY, "live"))
    return replace(post, extra=tuple(extra)) if extra else post


def _post_date(
    text: str, published_ms: int | None, name: str, now: datetime
) -> tuple[datetime, DateOrigin, ZoneOrigin | None]:
    """The date of a file: of its front matter, else of the comment, else the day in its name, else `now`."""
    own = _parse_date(text)
    if own is not None:
        return own[0], DateOrigin.ARCHIVE, own[1]
    if published_ms is not None and 0 < published_ms <= epoch_ms(now):
        return _EPOCH + timedelta(milliseconds=published_ms), DateOrigin.FEED, None
    day = _parse_date(name[:10])
    return (day[0], DateOrigin.ARCHIVE, day[1]) if day is not None else (now, DateOrigin.INGESTED, None)


def _parse_date(text: str) -> tuple[datetime, ZoneOrigin] | None:
    """A date of ISO 8601, also with a space before the offset as Jekyll writes it; UTC where it has no offset."""
    try:
        moment = datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub("", text.strip()))
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC), ZoneOrigin.ASSUMED
        return moment.astimezone(UTC), ZoneOrigin.STATED
    except (ValueError, OverflowError):
        return None


def _base_name(file_name: str | None) -> str:
    return (file_name or "").rpartition("/")[2]


def _title_from_name(file_name: str | None) -> str:
    """The title of a file without one: its name without suffix and day."""
    stem = _base_name(file_name).rpartition(".")[0]
    return stem[11:] if _DAY.match(stem) else stem
