"""The texts of an entry: which elements are its content and its summary, and the pictures that belong to them."""

import html
import re
from collections.abc import Iterable, Iterator

from lxml import etree

from ingestd.feeds.fields import (
    Children,
    absolute,
    base_of,
    children_of,
    elements_named,
    first_text,
    is_picture,
    length_of,
)
from ingestd.feeds.namespaces import XML_BASE
from ingestd.feeds.text_constructs import html_of, stripped_text, text_as_html
from ingestd.text.plain_text import clean_line, plain_text

_MAX_PICTURES = 10
_MAX_CAPTION_CHARS = 1_500
_END_TAG = re.compile(r"</[A-Za-z]|<br\s*/?>", re.I)
_BASE_START, _IMAGE_START = re.compile("<[bB][aA][sS][eE]"), re.compile("<[iI][mM][gG]")
_BASE_ELEMENT = re.compile(r"""<base\s[^<>]{0,500}?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.I)


def read_texts(children: Children, atom: bool, base: str | None) -> tuple[str, str, str | None]:
    """Content, summary, and the `xml:base` of the content element, None without one."""
    content, holder = _content(children, atom)
    summary = _summary(children, atom)
    if not content and not atom:
        content, summary = _two_summaries(children, summary)
    own = base_of(holder, base) if holder is not None and holder.get(XML_BASE) else None
    # The search for what must be there begins with a character that has no case, and so skips to it.
    stated = _BASE_ELEMENT.search(content or summary) if _BASE_START.search(content or summary) else None
    if stated:
        own = absolute(html.unescape(stated[1] or stated[2] or stated[3] or ""), own or base) or own
    return _fuller_text(content, summary), summary, own


def _fuller_text(content: str, summary: str) -> str:
    """The content; with the summary, or the summary alone, where that has more than twice its text.

    Some contents hold an image or a teaser only. Plain text is extracted only where the content may be the scanter one.
    """
    if not content or not summary or _has_text_between_tags(content, len(summary) // 2):
        return content
    visible, whole = plain_text(content), plain_text(summary)
    if len(whole) <= 2 * len(visible):
        return content
    is_teaser = bool(visible) and visible in whole and "<img" not in content
    return summary if is_teaser else f"{content}\n{summary}"


def _has_text_between_tags(markup: str, chars: int) -> bool:
    """Whether at least so many characters stand outside of tags; reads no further than it must."""
    found = position = markup.find("<")
    while 0 <= found < chars:
        end = markup.find(">", position)
        if end < 0:
            return False
        position = markup.find("<", end)
        found += (len(markup) if position < 0 else position) - end - 1
        if position < 0:
            break
    return (len(markup) if found < 0 else found) >= chars


def _two_summaries(children: Children, summary: str) -> tuple[str, str]:
    """Content and summary of an RSS entry that has a `description` and a `summary`.

    The content is the longer one where it is at least twice as long, else the one that comes last (as in feedparser).
    """
    described, summed = (next(iter(elements_named(children, key)), None) for key in ("description", "summary"))
    if described is None or summed is None:
        return "", summary
    texts = [html_of(element, atom=False) for element in (described, summed)]
    if not all(texts) or texts[0] == texts[1]:
        return "", summary
    shorter, longer = sorted(texts, key=len)
    if len(longer) >= 2 * len(shorter):
        return longer, shorter
    first, last = texts if _comes_before(described, summed) else reversed(texts)
    return last, first


def _comes_before(one: etree._Element, other: etree._Element) -> bool:
    return any(sibling is other for sibling in one.itersiblings())


def _content(children: Children, atom: bool) -> tuple[str, etree._Element | None]:
    for element in elements_named(children, "content:encoded"):
        if text := html_of(element, atom=False):
            return text, element
    found = [element for element in elements_named(children, "content", "atom:content") if not _is_media_file(element)]
    # An entry may have both HTML and plain text: HTML is preferred.
    for element in sorted(found, key=lambda element: (element.get("type") or "html").startswith("text/plain")):
        if text := html_of(element, atom=atom or element.get("type") is not None):
            return text, element
    for element in elements_named(children, "xhtml:body", "body", "fullitem", "xhtml:div"):
        if text := html_of(element, atom=False):
            return text, element
    return "", None


def _is_media_file(element: etree._Element) -> bool:
    """Whether an Atom `content` is a file: it has a `src`, or the type of an image, a sound or a film."""
    media_type = (element.get("type") or "").lower()
    return element.get("src") is not None or media_type.startswith(("image/", "audio/", "video/"))


def _summary(children: Children, atom: bool) -> str:
    for element in elements_named(children, "description", "summary", "atom:summary"):
        if text := html_of(element, atom=atom):
            return text
    groups = (children_of(group, atom=False) for group in children.get("media:group", ()))
    for holder in (children, *groups):
        for element in elements_named(holder, "media:description"):
            if text := _media_text(element):
                return text
    for element in elements_named(
        children, "itunes:summary", "dc:description", "itunes:subtitle", "abstract", "tagline"
    ):
        if text := html_of(element, atom=False):
            return text
    return ""


def _media_text(element: etree._Element) -> str:
    """The value of a `media:description` as HTML: plain text unless its `type` is `html` (Media RSS 1.5.1)."""
    if len(element) or (element.get("type") or "").strip().lower() in ("html", "text/html"):
        return html_of(element, atom=False)
    text = stripped_text(element)
    return html_of(element, atom=False) if _END_TAG.search(text) else text_as_html(text)


def with_pictures(content: str, summary: str, files: Iterable[etree._Element], base: str | None) -> tuple[str, str]:
    """Content and summary, the one that is the entry's text with the pictures of Media RSS where it shows no image.

    `files` are the entry's `media_contents`.
    """
    if _IMAGE_START.search(content) or _IMAGE_START.search(summary):
        return content, summary
    figures = "".join(_figures(files, base))
    return (f"{figures}{content}", summary) if content else (content, f"{figures}{summary}")


def _figures(files: Iterable[etree._Element], base: str | None) -> Iterator[str]:
    """A `figure` for each picture; of one in several widths (same path, a `media:group`) the widest."""
    widest: dict[str, tuple[int, str, str]] = {}
    for element in files:
        url = absolute(element.get("url") or "", base_of(element, base)) if is_picture(element) else None
        if url is None:
            continue
        width = length_of(element.get("width")) or 0
        key = url.partition("?")[0] if width else url
        if key not in widest or width > widest[key][0]:
            widest[key] = (width, url, first_text(children_of(element, atom=False), "media:description", "media:title"))
    for _width, url, caption in list(widest.values())[:_MAX_PICTURES]:
        alternative = clean_line(caption)[:_MAX_CAPTION_CHARS]
        yield f'<figure><img src="{html.escape(url)}" alt="{html.escape(alternative)}"></figure>'
