"""HTML to plain text, in time linear in the length of the markup, whatever it contains."""

import html
import re
from collections.abc import Iterator
from functools import lru_cache

from ingestd.text.characters import UNSEEN
from ingestd.text.raised_text import MARKS, resolve_marks

_BLOCK_NAMES = (
    "address article aside blockquote br caption dd details dialog div dl dt fieldset figcaption figure footer form h1"
    " h2 h3 h4 h5 h6 header hr li main nav ol option p pre section summary table tbody tfoot thead title tr ul"
)
_HIDDEN_NAMES = "script style template noscript head iframe object svg math textarea select audio video canvas"
_INLINE_NAMES = (
    "a abbr acronym applet b base basefont bdi bdo big body button center cite code col colgroup data del dfn dir em"
    " embed font frame frameset html i img input ins kbd label legend link map mark marquee menu meta meter nobr"
    " noframes param picture progress q rp rt ruby s samp small source span strike strong sub sup time track tt u var"
    " wbr blink"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_CELLS = frozenset(("td", "th"))
_HIDDEN = frozenset(_HIDDEN_NAMES.split())
_INLINE = frozenset(_INLINE_NAMES.split())
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_WITHOUT_TEXT = frozenset(("script", "style"))
#: Every element name of HTML. Anything else in angle brackets in a title is text.
HTML_NAMES = _BLOCKS | _CELLS | _HIDDEN | _INLINE
# Quotes are ignored in a tag with more than so many, and after so many tags of one text in which they led nowhere.
_MAX_TAG_QUOTES = 100
_MAX_UNCLOSED_TAGS = 50
# The longest markup whose text is cached.
_MAX_CACHED_CHARS = 20_000
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9-]*)(?=[\s/>:])")
_STOP = re.compile(r"[>\"']")
_SPACES = re.compile(r"[^\S\n]+")
_FOLD = re.compile(r"\s+")
_UNWANTED = re.compile(f"[{UNSEEN}\ud800-\udfff]")


def plain_text(markup: str) -> str:
    """The text of an HTML fragment: paragraphs separated by one newline, no scripts, no styles, entities resolved.

    Works on broken HTML; a `<` that begins no tag is text.
    """
    if "<" not in markup and "&" not in markup:
        return _tidy(markup)
    return _text_of_markup(markup) if len(markup) > _MAX_CACHED_CHARS else _cached_text(markup)


def _text_of_markup(markup: str) -> str:
    text = _text_of_simple_markup(markup)
    if text is not None:
        return _tidy(html.unescape(text))
    return _tidy(resolve_marks(html.unescape(_text_of_any_markup(markup))))


# The article and the digest of an entry both need its text.
_cached_text = lru_cache(maxsize=64)(_text_of_markup)


# A simple tag: no angle bracket inside it, and every quote opens or closes the value of an attribute.
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9-]*)(?=[\s/>:])[^<>\"']*(?:(?<==)(?:\"[^\"<>]*\"|'[^'<>]*')[^<>\"']*)*>")
# What replaces a tag: newline for a block, space for a cell; `<` marks an element that the fast way does not read,
# because its content is hidden, or raised.
_SLOW_NAMES = _HIDDEN | {"sup", "ruby"}
_REPLACEMENTS = {
    slash + name: "\n" if name in _BLOCKS else " " if name in _CELLS else "<" if name in _SLOW_NAMES else ""
    for name in HTML_NAMES
    for slash in ("", "/")
}


def _text_of_simple_markup(markup: str) -> str | None:
    """`_text_of_any_markup` in less time, for markup of simple tags without hidden or raised content; else None."""
    parts = _TAG.split(markup)
    parts[1::2] = [_REPLACEMENTS.get(name) or _REPLACEMENTS.get(name.lower(), "") for name in parts[1::2]]
    if not markup.isprintable():
        parts[::2] = [text if text.isprintable() else _FOLD.sub(" ", text) for text in parts[::2]]
    text = "".join(parts)
    return None if "<" in text else text


def _text_of_any_markup(markup: str) -> str:
    """The texts with their white space folded, a newline for each tag of a block and a space for that of a cell.

    Raised text and ruby have the marks of `raised_text`.
    """
    parts = []
    for is_text, part in _pieces(markup):
        if is_text:
            parts.append(_FOLD.sub(" ", part if part.isprintable() else _UNWANTED.sub("", part)))
        else:
            parts.append(_REPLACEMENTS_AND_MARKS.get(part, ""))
    return "".join(parts)


_REPLACEMENTS_AND_MARKS = {
    slash + name: "\n" if name in _BLOCKS else " " if name in _CELLS else MARKS.get(slash + name, "")
    for name in HTML_NAMES
    for slash in ("", "/")
}


def strip_closed_tags(markup: str, *, unescape: bool = False) -> str:
    """`markup` without comments and without the tags of HTML elements that are void or have their end tag.

    The content of scripts and styles goes with them. Every other angle bracket stays as it is: a tag without its other
    half is text about an element, as in "The <dialog> element". Raised text and ruby become what they are in
    `plain_text`. With `unescape` one layer of entities is resolved after the tags.
    """
    if "<" not in markup:
        return html.unescape(markup) if unescape else markup
    markup = markup if markup.isprintable() else _UNWANTED.sub("", markup)
    parts, position = [], 0
    for start, end, replacement in _closed_tags(markup):
        if start >= position:
            parts += [markup[position:start], replacement]
            position = end
    text = "".join(parts) + markup[position:]
    return resolve_marks(html.unescape(text) if unescape else text)


def _closed_tags(markup: str) -> list[tuple[int, int, str]]:
    """Start, end and replacement of what `strip_closed_tags` removes, in document order."""
    found: list[tuple[int, int, str]] = []
    opened: dict[str, list[tuple[int, int]]] = {}
    memory: dict[str, int] = {}
    position = markup.find("<")
    while position >= 0:
        end = _end_of_closed_comment(markup, position, memory)
        name = None if end else _html_name(markup, position)
        end = end or (name and _end_of_tag(markup, position, memory)) or 0
        if end and name is None:
            found.append((position, end, ""))
        elif end and name:
            found += _closed_by(name, position, end, markup, opened)
        position = markup.find("<", max(end, position + 1))
    return sorted(found)


def _closed_by(
    name: str, start: int, end: int, markup: str, opened: dict[str, list[tuple[int, int]]]
) -> list[tuple[int, int, str]]:
    """What is removed once this tag has been read: a void element, or an end tag with the start tag before it."""
    if markup[start + 1] != "/":
        if name in _VOID or markup[end - 2] == "/":
            return [(start, end, _replacement(name))]
        opened.setdefault(name, []).append((start, end))
    elif before := opened.get(name):
        first_start, first_end = before.pop()
        if name in _WITHOUT_TEXT:
            return [(first_start, end, _replacement(name))]
        return [(first_start, first_end, _replacement(name)), (start, end, _replacement(f"/{name}"))]
    return []


def _replacement(tag: str) -> str:
    """What a tag becomes: a mark of `raised_text`, else nothing for an inline element and a space for others."""
    return MARKS.get(tag, "" if tag.removeprefix("/") in _INLINE else " ")


def _end_of_closed_comment(markup: str, opening: int, memory: dict[str, int]) -> int:
    """The position behind a comment that begins here and has its end; 0 where there is none."""
    if not markup.startswith("<!--", opening):
        return 0
    if "last comment" not in memory:
        memory["last comment"] = markup.rfind("-->")
    return markup.find("-->", opening + 4) + 3 if memory["last comment"] >= opening + 4 else 0


def clean_line(text: str) -> str:
    """One line for a title or an author: whitespace folded, control and bidi override characters removed."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _FOLD.sub(" ", _UNWANTED.sub("", text)).strip()


def _tidy(text: str) -> str:
    if not text.isprintable():
        text = text.replace("\r", "\n")
        # What can be printed holds no unwanted character, and no space but the plain one.
        if not text.replace("\n", "").isprintable():
            text = _SPACES.sub(" ", _UNWANTED.sub("", text))
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return "\n".join(line for line in map(str.strip, text.split("\n")) if line)


def _pieces(markup: str) -> Iterator[tuple[bool, str]]:
    """(True, text) and (False, lower-case tag name, "/p" for an end tag) in document order, without hidden elements."""
    position, length = 0, len(markup)
    lowered = ""
    memory: dict[str, int] = {}
    while position < length:
        opening = markup.find("<", position)
        if opening < 0:
            yield True, markup[position:]
            return
        if opening > position:
            yield True, markup[position:opening]
        if markup.startswith("<!--", opening):
            position = _end_of_comment(markup, opening, memory)
            continue
        if markup.startswith(("<!", "<?"), opening):
            position = _end_of_tag(markup, opening, memory) or length
            continue
        name = _tag_name(markup, opening)
        end = _end_of_tag(markup, opening, memory) if name else None
        if name is None or end is None:
            yield True, "<"
            position = opening + 1
            continue
        position = end
        yield False, name if markup[opening + 1] != "/" else f"/{name}"
        if name in _HIDDEN and markup[opening + 1] != "/" and markup[end - 2] != "/":
            lowered = lowered or markup.translate(_ASCII_LOWER)
            if name not in memory:
                memory[name] = lowered.rfind("</" + name)
            # An element without end tag hides nothing: the text after it is part of the article.
            if memory[name] >= position:
                position = lowered.find("</" + name, position)


# Lower case of ASCII letters only, which changes no length: positions stay valid.
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _end_of_comment(markup: str, opening: int, memory: dict[str, int]) -> int:
    """The position behind the comment; one without `-->` ends at the next `>`, so that it does not hide the rest."""
    if "last comment" not in memory:
        memory["last comment"] = markup.rfind("-->")
    if memory["last comment"] >= opening + 4:
        return markup.find("-->", opening + 4) + 3
    end = markup.find(">", opening + 4)
    return end + 1 if end >= 0 else len(markup)


def _html_name(markup: str, opening: int) -> str | None:
    name = _tag_name(markup, opening)
    return name if name in HTML_NAMES else None


def _tag_name(markup: str, opening: int) -> str | None:
    found = _NAME.match(markup, opening + 1)
    return found[1].lower() if found else None


def _end_of_tag(markup: str, opening: int, memory: dict[str, int]) -> int | None:
    """The position behind the `>` that closes the tag, not one in a quoted attribute; None where there is none.

    `memory` holds, for one pass over the markup, the position of the last `>` and the number of tags whose quotes were
    not closed: repeated searches for a character that does not follow would make this quadratic.
    """
    if "last" not in memory:
        memory["last"] = markup.rfind(">")
    if memory["last"] < opening:
        return None
    position = opening + 1
    for _ in range(_MAX_TAG_QUOTES if memory.get("unclosed", 0) < _MAX_UNCLOSED_TAGS else 0):
        stop = _STOP.search(markup, position)
        if stop is None:
            break
        position = stop.end()
        if stop[0] == ">":
            return position
        if _opens_value(markup, stop.start()):
            position = markup.find(stop[0], position) + 1
            if position == 0:
                break
    memory["unclosed"] = memory.get("unclosed", 0) + 1
    return markup.find(">", opening) + 1


def _opens_value(markup: str, quote: int) -> bool:
    return markup[max(0, quote - 8) : quote].rstrip().endswith("=")
