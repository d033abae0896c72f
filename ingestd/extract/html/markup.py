"""Runs of inline content: white space collapsed, edges trimmed, empty elements gone. Pure text work."""

import re
from html import escape

_SPACES = re.compile(r"[\t\n\r\f\v][ \t\n\r\f\v]*| [ \t\n\r\f\v]+")
_FOLDED = " \t\n\r\f\v"
_TRIM = " \t\n\r\f\v\xa0\u3000\u2003\u2002"
_BREAK = "<br>"
_DOUBLE_BREAK = re.compile("(?:<br>){2,}")
#: Two breaks with nothing but indents between them.
_SPACED_BREAK = re.compile("(?<=<br>)(?:&nbsp;|[ \xa0\u3000\u2002\u2003])+(?=<br>)")


def escaped(text: str) -> str:
    """Text as markup; a no-break space by its name, so that it is seen."""
    if "&" in text or "<" in text or ">" in text:
        text = escape(text, quote=False)
    return text if text.isascii() else text.replace("\xa0", "&nbsp;")


def attribute(text: str | None) -> str:
    """The value of an attribute as markup: white space folded, as the sanitiser spells it."""
    if not text:
        return ""
    if not text.isalnum():
        text = escape(_SPACES.sub(" ", text).strip()).replace("&#x27;", "'")
    return text if text.isascii() else text.replace("\xa0", "&nbsp;")


#: Where in a run an inline element begins, and whether there were words before it.
Mark = tuple[int, bool]


class Run:
    """Inline content being collected: white space collapsed over element borders, breaks at its edges dropped."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.space = True  # the last thing written was white space, so more of it is not needed
        self.filled = False

    def text(self, text: str | None) -> None:
        if text and self.space:
            text = text.lstrip(_FOLDED if self.filled else _TRIM)
        if not text:
            return
        # What can be printed holds no white space but the plain one.
        if "  " in text or not text.isprintable():
            text = _SPACES.sub(" ", text)
        self.pieces.append(escaped(text))
        self.space = text.endswith(" ")
        self.filled = self.filled or not text.isspace()

    def media(self, tag: str) -> None:
        self.pieces.append(tag)
        self.space, self.filled = False, True

    def line_break(self) -> None:
        if self.filled:
            _strip_end(self.pieces)
            self.pieces.append(_BREAK)
            self.space = True

    def begin(self, opening: str) -> Mark:
        """Open an inline element by its tag."""
        self.pieces.append(opening)
        return len(self.pieces) - 1, self.filled

    def end(self, mark: Mark, closing: str) -> None:
        """Close the element that was opened at `mark` by `closing`, "/b"; one that holds nothing vanishes."""
        start, was_filled = mark
        if any(map(_has_content, self.pieces[start + 1 :])):
            self.pieces.append(f"<{closing}>")
        else:
            del self.pieces[start]
            self.filled = was_filled or self.filled

    def paragraphs(self) -> list[str]:
        """The run as paragraphs: two breaks in a row at its top level part it."""
        html = "".join(self.pieces)
        if "<br>&nbsp;" in html or "<br>\u3000" in html:
            html = _SPACED_BREAK.sub("", html)
        parts = _DOUBLE_BREAK.split(html) if "<br><br>" in html and _balanced(html) else (html,)
        return [part for part in map(trimmed, parts) if part]


def _balanced(html: str) -> bool:
    """True where every double break stands outside inline elements, so that the run may be parted there."""
    depth = 0
    for match in re.finditer(r"<(/?)([a-z0-9]+)[^>]*>", html):
        if match[2] in ("br", "img"):
            if depth and html.startswith("<br><br>", match.start()):
                return False
            continue
        depth += -1 if match[1] else 1
    return True


def _has_content(piece: str) -> bool:
    return piece.startswith("<img ") if piece.startswith("<") else bool(piece.strip())


def _strip_end(pieces: list[str]) -> None:
    if pieces and not pieces[-1].startswith("<"):
        pieces[-1] = pieces[-1].rstrip(" ")


_MAY_BEGIN_EDGE = _TRIM + "&"
_MAY_END_EDGE = _TRIM + ";"
_EDGE = "(?:[ \xa0\u3000\u2002\u2003]|&nbsp;|<br>)+"
_LEADING = re.compile(rf"^((?:<(?!br>|img )[^<>]*>)*){_EDGE}")
_MAY_LEAD, _MAY_TRAIL = ("<", "&", *_TRIM), (">", ";", *_TRIM)
_EMPTY = re.compile(rf"<([a-z]+)(?: [^<>]*)?>((?:{_EDGE})?)</\1>")


def trimmed(html: str) -> str:
    """A run without white space and breaks at its edges, inside inline elements too, and without empty elements."""
    if "<" not in html and html[:1] not in _MAY_BEGIN_EDGE and html[-1:] not in _MAY_END_EDGE:
        return html
    while True:
        before = html
        if html[-1:].isalnum() and html[:1].isalnum() and "></" not in html:
            return html
        if "</" in html:
            html = _EMPTY.sub(r"\2", html)
        if html.startswith(_MAY_LEAD):
            html = _LEADING.sub(r"\1", html)
        if html.endswith(_MAY_TRAIL):
            html = _right_trimmed(html)
        if html == before:
            return html


def _right_trimmed(html: str) -> str:
    end = len(html)
    while (
        html.endswith(">", 0, end) and (opening := html.rfind("</", 0, end)) >= 0 and "<" not in html[opening + 1 : end]
    ):
        end = opening
    return html[: _end_of_words(html, end)] + html[end:]


def _end_of_words(html: str, end: int) -> int:
    """Where the white space and breaks before `end` begin."""
    while end:
        if html[end - 1] in _TRIM:
            end -= 1
        elif html.endswith("&nbsp;", 0, end):
            end -= len("&nbsp;")
        elif html.endswith(_BREAK, 0, end):
            end -= len(_BREAK)
        else:
            break
    return end


_START = re.compile(r"-?\d{1,6}")
_IS_MEDIA = re.compile(r"<p>((?:(?:<a [^>]*>)?<img [^>]*>(?:</a>)? ?)+)</p>")
_MAKES_A_FIGURE = re.compile(r"<(?:img|pre|table|blockquote|a) ?")


def block(name: str, inside: str, attributes: str = "") -> list[str]:
    """An element as the only block, none where it would be empty."""
    return [f"<{name}{attributes}>{inside}</{name}>"] if inside else []


def cell(blocks: list[str]) -> str:
    """The content of a list item, cell or caption: a single paragraph stands bare."""
    if blocks and blocks[0].startswith("<p>") and sum(block.startswith("<p>") for block in blocks) == 1:
        blocks[0] = blocks[0][3:-4]
    return "".join(blocks)


def figure(blocks: list[str], caption: str) -> list[str]:
    """A figure with its caption; its bare content where it shows nothing, or is only a container."""
    blocks = [_bare_media(block) for block in blocks]
    inside = "".join(blocks)
    if not _MAKES_A_FIGURE.search(inside):
        return [*block("p", caption), *blocks]
    if not caption and len(blocks) > 1:
        return blocks
    return block("figure", inside + "".join(block("figcaption", caption)))


def _bare_media(block: str) -> str:
    """A paragraph that holds only images loses its `<p>` inside a figure."""
    found = _IS_MEDIA.fullmatch(block)
    return found[1] if found else block


def numbered(start: str | None) -> str:
    """The attribute of a list that does not begin at one."""
    return f' start="{int(start)}"' if start and _START.fullmatch(start) and start != "1" else ""


def image(source: str, alt: str, title: str) -> str:
    """An image; all three as they stand in attributes."""
    shown = f' alt="{alt}"' if alt else ""
    return f'<img src="{source}"{shown}' + (f' title="{title}">' if title and title != alt else ">")
