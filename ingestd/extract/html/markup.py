"""Parts of minimal HTML: escaped text and attributes, runs of inline content, block elements. Pure text functions.

Both cleaners, of trees (`serialise`) and of simple markup (`safe_subset`), write their output with these functions.
"""

import re
from html import escape

_WHITE_SPACE_RUN = re.compile(r"[\t\n\r\f\v][ \t\n\r\f\v]*| [ \t\n\r\f\v]+")
_HTML_WHITE_SPACE = " \t\n\r\f\v"
_EDGE_WHITE_SPACE = " \t\n\r\f\v\xa0\u3000\u2003\u2002"
_LINE_BREAK = "<br>"
_PARAGRAPH_BREAK = re.compile("(?:<br>){2,}")
#: White space between two line breaks.
_INDENT_BETWEEN_BREAKS = re.compile("(?<=<br>)(?:&nbsp;|[ \xa0\u3000\u2002\u2003])+(?=<br>)")


def escape_text(text: str) -> str:
    """Text as markup. A no-break space is written as `&nbsp;`, as the sanitiser does."""
    if "&" in text or "<" in text or ">" in text:
        text = escape(text, quote=False)
    return text if text.isascii() else text.replace("\xa0", "&nbsp;")


def escape_attribute(text: str | None) -> str:
    """The value of an attribute as markup: white space collapsed, escaped as the sanitiser does."""
    if not text:
        return ""
    if not text.isalnum():
        text = escape(_WHITE_SPACE_RUN.sub(" ", text).strip()).replace("&#x27;", "'")
    return text if text.isascii() else text.replace("\xa0", "&nbsp;")


#: Where in the pieces of a run an inline element starts, and whether the run had content there.
OpenElement = tuple[int, bool]


class InlineRun:
    """Inline content that is being collected. White space is collapsed across element boundaries.

    `pieces` are tags and escaped texts in order.
    """

    def __init__(self) -> None:
        self.pieces: list[str] = []
        # Where the run is empty or ends in white space or a line break, leading spaces of what follows are dropped.
        self.ends_with_space = True
        self.has_content = False

    def add_text(self, text: str | None) -> None:
        """Append text, white space collapsed."""
        if text and self.ends_with_space:
            text = text.lstrip(_HTML_WHITE_SPACE if self.has_content else _EDGE_WHITE_SPACE)
        if not text:
            return
        # A printable text holds no white space but U+0020.
        if "  " in text or not text.isprintable():
            text = _WHITE_SPACE_RUN.sub(" ", text)
        self.pieces.append(escape_text(text))
        self.ends_with_space = text.endswith(" ")
        self.has_content = self.has_content or not text.isspace()

    def add_image(self, tag: str) -> None:
        """Append the tag of an image."""
        self.pieces.append(tag)
        self.ends_with_space, self.has_content = False, True

    def add_line_break(self) -> None:
        """Append a line break, unless the run has no content yet."""
        if self.has_content:
            _strip_trailing_space(self.pieces)
            self.pieces.append(_LINE_BREAK)
            self.ends_with_space = True

    def open_element(self, opening: str) -> OpenElement:
        """Append the opening tag of an inline element; returns what `close_element` needs."""
        self.pieces.append(opening)
        return len(self.pieces) - 1, self.has_content

    def close_element(self, opened: OpenElement, closing: str) -> None:
        """Close an element by its closing tag without brackets ("/b"). The tags of an empty element are dropped."""
        start, had_content = opened
        if any(map(_is_content, self.pieces[start + 1 :])):
            self.pieces.append(f"<{closing}>")
        else:
            del self.pieces[start]
            self.has_content = had_content or self.has_content

    def paragraphs(self) -> list[str]:
        """The run as paragraphs: two line breaks in a row outside inline elements separate them."""
        html = "".join(self.pieces)
        if "<br>&nbsp;" in html or "<br>\u3000" in html:
            html = _INDENT_BETWEEN_BREAKS.sub("", html)
        parts = _PARAGRAPH_BREAK.split(html) if "<br><br>" in html and _breaks_are_top_level(html) else (html,)
        return [part for part in map(trim_inline, parts) if part]


def _breaks_are_top_level(html: str) -> bool:
    """True where every double line break stands outside inline elements, so that the run can be split there."""
    depth = 0
    for match in re.finditer(r"<(/?)([a-z0-9]+)[^>]*>", html):
        if match[2] in ("br", "img"):
            if depth and html.startswith("<br><br>", match.start()):
                return False
            continue
        depth += -1 if match[1] else 1
    return True


def _is_content(piece: str) -> bool:
    return piece.startswith("<img ") if piece.startswith("<") else bool(piece.strip())


def _strip_trailing_space(pieces: list[str]) -> None:
    if pieces and not pieces[-1].startswith("<"):
        pieces[-1] = pieces[-1].rstrip(" ")


_LEADING_EDGE_CHARS = _EDGE_WHITE_SPACE + "&"
_TRAILING_EDGE_CHARS = _EDGE_WHITE_SPACE + ";"
EDGE_PATTERN = "(?:[ \xa0\u3000\u2002\u2003]|&nbsp;|<br>)+"
_LEADING_EDGE = re.compile(rf"^((?:<(?!br>|img )[^<>]*>)*){EDGE_PATTERN}")
_LEADING_EDGE_PREFIXES, _TRAILING_EDGE_SUFFIXES = ("<", "&", *_EDGE_WHITE_SPACE), (">", ";", *_EDGE_WHITE_SPACE)
_EMPTY_ELEMENT = re.compile(rf"<([a-z]+)(?: [^<>]*)?>((?:{EDGE_PATTERN})?)</\1>")


def trim_inline(html: str) -> str:
    """Inline HTML without empty elements, and without white space and line breaks at its edges.

    Edges inside inline elements are trimmed too: `<b> a</b>` gives `<b>a</b>`.
    """
    if "<" not in html and html[:1] not in _LEADING_EDGE_CHARS and html[-1:] not in _TRAILING_EDGE_CHARS:
        return html
    while True:
        before = html
        if html[-1:].isalnum() and html[:1].isalnum() and "></" not in html:
            return html
        if "</" in html:
            html = _EMPTY_ELEMENT.sub(r"\2", html)
        if html.startswith(_LEADING_EDGE_PREFIXES):
            html = _LEADING_EDGE.sub(r"\1", html)
        if html.endswith(_TRAILING_EDGE_SUFFIXES):
            html = _trim_right(html)
        if html == before:
            return html


def _trim_right(html: str) -> str:
    end = len(html)
    while (
        html.endswith(">", 0, end) and (opening := html.rfind("</", 0, end)) >= 0 and "<" not in html[opening + 1 : end]
    ):
        end = opening
    return html[: _content_end(html, end)] + html[end:]


def _content_end(html: str, end: int) -> int:
    """The position where the white space and line breaks that stand before `end` start."""
    while end:
        if html[end - 1] in _EDGE_WHITE_SPACE:
            end -= 1
        elif html.endswith("&nbsp;", 0, end):
            end -= len("&nbsp;")
        elif html.endswith(_LINE_BREAK, 0, end):
            end -= len(_LINE_BREAK)
        else:
            break
    return end


_IMAGE_PARAGRAPH = re.compile(r"<p>((?:(?:<a [^>]*>)?<img [^>]*>(?:</a>)? ?)+)</p>")
_FIGURE_CONTENT = re.compile(r"<(?:img|pre|table|blockquote|a) ?")


def block_element(name: str, inside: str, attributes: str = "") -> list[str]:
    """An element as a list of one block; an empty list where `inside` is empty."""
    return [f"<{name}{attributes}>{inside}</{name}>"] if inside else []


def cell_content(blocks: list[str]) -> str:
    """The content of a list item, a table cell or a caption: a single paragraph loses its `<p>`."""
    if blocks and blocks[0].startswith("<p>") and sum(block.startswith("<p>") for block in blocks) == 1:
        blocks[0] = blocks[0][3:-4]
    return "".join(blocks)


def figure_blocks(blocks: list[str], caption: str) -> list[str]:
    """A figure with its caption, as blocks.

    Without an image, code, table, quote or link it is no figure, and without a caption several blocks are none either:
    the content is returned as it is.
    """
    blocks = [_unwrap_images(block) for block in blocks]
    inside = "".join(blocks)
    if not _FIGURE_CONTENT.search(inside):
        return [*block_element("p", caption), *blocks]
    if not caption and len(blocks) > 1:
        return blocks
    return block_element("figure", inside + "".join(block_element("figcaption", caption)))


def _unwrap_images(block: str) -> str:
    """A paragraph of a figure without its `<p>`, where it holds only images."""
    found = _IMAGE_PARAGRAPH.fullmatch(block)
    return found[1] if found else block


def image_tag(source: str, alt: str, title: str) -> str:
    """The tag of an image; all three arguments are escaped already."""
    shown = f' alt="{alt}"' if alt else ""
    return f'<img src="{source}"{shown}' + (f' title="{title}">' if title and title != alt else ">")
