"""HTML of an article → blocks of plain text to read: headings, paragraphs, list items, quotes, code and tables.

Links are numbered, and their addresses listed. What stands around a block (list items, quotes) is in its prefixes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from ingestd.extract.html.clean import clean_html, parse_fragment
from ingestd.extract.html.element_kinds import HEADING_TAGS
from ingestd.extract.html.tree import Element, raw_text
from ingestd.text.raised_text import MARKS, resolve_marks

#: Deeper lists and quotes are not indented further.
MAX_DEPTH = 8
#: What stands before and behind the text of an element.
_QUOTES = {"q": ("“", "”"), "del": ("~~", "~~"), "s": ("~~", "~~"), "code": ("`", "`"), "kbd": ("`", "`")}
_PARAGRAPHS = frozenset({"p", "figure", "figcaption", "caption", "dt", "dl", "ul", "ol", "tr", "body", "table"})
_BULLETS = "•◦▪"


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    CODE = "code"
    TABLE = "table"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Block:
    """A block: `text` has newlines where the article breaks lines, `rows` the cells of a table (the first is a head).

    `first` and `rest` stand before its first line and before the others. `level` is that of a heading. A `tight` block
    follows the one before without an empty line.
    """

    kind: BlockKind
    text: str = ""
    first: str = ""
    rest: str = ""
    level: int = 0
    tight: bool = False
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadableArticle:
    """The blocks of an article, and the addresses of its links: the first has the number 1."""

    blocks: tuple[Block, ...]
    links: tuple[str, ...]


def readable_article(html: str, base_url: str | None = None) -> ReadableArticle:
    """The blocks of any HTML. Time linear in its length; texts may hold control characters of the source."""
    root = parse_fragment(clean_html(html, base_url))
    reader = _Reader()
    if root is not None:
        for event, node in etree.iterwalk(root, events=("start", "end")):
            (reader.start if event == "start" else reader.end)(node)
    return ReadableArticle(tuple(reader.blocks), tuple(reader.links))


@dataclass(slots=True)
class _Container:
    """An open list item, quote or definition: its marker stands before the first line inside, its indent elsewhere."""

    marker: str
    indent: str
    is_marked: bool = False


class _Reader:
    """Collects blocks from the events of one pass over the tree."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links: dict[str, int] = {}
        self.inline: list[str] = []
        self.containers: list[_Container] = []
        self.next_numbers: list[int | None] = []
        self.rows: list[list[str]] = []
        self.table_depth = 0
        self.pre_depth = 0
        self.is_tight = False

    def start(self, node: Element) -> None:
        tag = str(node.tag)
        if handler := _STARTS.get(tag):
            handler(self, node)
        elif tag in _PARAGRAPHS or tag in HEADING_TAGS:
            self.flush()
        self.inline.append(MARKS.get(tag, "") + _QUOTES.get(tag, ("", ""))[0] * (not self.pre_depth))
        self.add_text(node.text)

    def end(self, node: Element) -> None:
        tag = str(node.tag)
        self.inline.append(_QUOTES.get(tag, ("", ""))[1] * (not self.pre_depth) + MARKS.get(f"/{tag}", ""))
        if handler := _ENDS.get(tag):
            handler(self, node)
        elif tag in HEADING_TAGS:
            self.flush(BlockKind.HEADING, level=int(tag[1]))
        elif tag in _PARAGRAPHS:
            self.flush()
        self.add_text(node.tail)

    def add_text(self, text: str | None) -> None:
        if text:
            self.inline.append(text if self.pre_depth else " ".join(f"|{text}|".split())[1:-1])

    def flush(self, kind: BlockKind = BlockKind.TEXT, level: int = 0) -> None:
        """End the present block; inside of a table it goes on as a part of its cell."""
        if self.table_depth:
            self.inline.append(" ")
            return
        text = _tidy("".join(self.inline), is_code=kind is BlockKind.CODE)
        self.inline = []
        if text.strip():
            self.add(Block(kind, text, level=level))

    def add(self, block: Block) -> None:
        first = "".join(one.indent if one.is_marked else one.marker for one in self.containers)
        rest = "".join(one.indent for one in self.containers)
        for one in self.containers:
            one.is_marked = True
        self.blocks.append(
            Block(block.kind, block.text, first, rest, block.level, self.is_tight and bool(self.blocks), block.rows)
        )
        self.is_tight = False

    def open_container(self, marker: str, indent: str) -> None:
        self.flush()
        shown = len(self.containers) < MAX_DEPTH
        self.containers.append(_Container(marker, indent) if shown else _Container("", ""))

    def close_container(self, _node: Element) -> None:
        self.flush()
        if self.containers:
            self.containers.pop()

    def start_quote(self, _node: Element) -> None:
        self.open_container("> ", "> ")

    def start_list(self, node: Element) -> None:
        self.flush()
        self.is_tight = bool(self.next_numbers)
        start = node.get("start") or "1"
        self.next_numbers.append(None if node.tag == "ul" else int(start[:9]) if start.isdecimal() else 1)

    def end_list(self, _node: Element) -> None:
        self.flush()
        self.is_tight = False
        if self.next_numbers:
            self.next_numbers.pop()

    def start_item(self, _node: Element) -> None:
        number = self.next_numbers[-1] if self.next_numbers else None
        if number is None:
            marker = _BULLETS[max(len(self.next_numbers) - 1, 0) % len(_BULLETS)] + " "
        else:
            marker = f"{number}. "
            self.next_numbers[-1] = number + 1
        self.open_container(marker, " " * len(marker))

    def end_item(self, node: Element) -> None:
        self.close_container(node)
        self.is_tight = True

    def start_definition(self, _node: Element) -> None:
        self.open_container("    ", "    ")
        self.is_tight = True

    def start_caption(self, _node: Element) -> None:
        self.flush()
        self.is_tight = True

    def start_pre(self, _node: Element) -> None:
        self.flush()
        self.pre_depth += 1

    def end_pre(self, _node: Element) -> None:
        self.flush(BlockKind.CODE)
        self.pre_depth -= 1

    def start_table(self, _node: Element) -> None:
        self.flush()
        self.table_depth += 1

    def start_row(self, _node: Element) -> None:
        if self.table_depth == 1:
            self.rows.append([])

    def start_cell(self, _node: Element) -> None:
        if self.table_depth == 1:
            self.inline = []

    def end_cell(self, _node: Element) -> None:
        if self.table_depth == 1 and self.rows:
            self.rows[-1].append(" ".join(_tidy("".join(self.inline)).split()))
            self.inline = []

    def end_caption(self, _node: Element) -> None:
        if self.table_depth == 1:
            self.table_depth = 0
            self.flush()
            self.table_depth = 1
            self.is_tight = True

    def end_table(self, _node: Element) -> None:
        self.table_depth = max(self.table_depth - 1, 0)
        if self.table_depth:
            return
        self.inline = []
        columns = max(map(len, self.rows), default=0)
        rows = tuple(tuple(row + [""] * (columns - len(row))) for row in self.rows if any(row))
        self.rows = []
        if rows:
            self.add(Block(BlockKind.TABLE, rows=rows))

    def add_rule(self, _node: Element) -> None:
        self.flush()
        if not self.table_depth:
            self.add(Block(BlockKind.RULE))

    def add_break(self, _node: Element) -> None:
        self.inline.append("\n")

    def add_image(self, node: Element) -> None:
        alternative = " ".join((node.get("alt") or "").split())
        self.inline.append(f"[image: {alternative}]" if alternative else "[image]")
        self.add_number(node.get("src"))

    def end_link(self, node: Element) -> None:
        address = node.get("href")
        if address and address.strip() != raw_text(node).strip():
            self.add_number(address)

    def add_number(self, address: str | None) -> None:
        """The number of an address behind its text; a place of the page itself has none."""
        if address and not address.startswith("#") and not self.pre_depth:
            self.inline.append(f"‹{self.links.setdefault(address, len(self.links) + 1)}›")


def _tidy(text: str, *, is_code: bool = False) -> str:
    """Text without marks, with one blank between words and none around line breaks; code keeps its blanks."""
    text = resolve_marks(text)
    if is_code:
        return text.strip("\n").expandtabs(4)
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip("\n")


_Handler = Callable[[_Reader, Element], None]

_STARTS: dict[str, _Handler] = {
    "blockquote": _Reader.start_quote,
    "ul": _Reader.start_list,
    "ol": _Reader.start_list,
    "li": _Reader.start_item,
    "dd": _Reader.start_definition,
    "figcaption": _Reader.start_caption,
    "pre": _Reader.start_pre,
    "table": _Reader.start_table,
    "tr": _Reader.start_row,
    "td": _Reader.start_cell,
    "th": _Reader.start_cell,
    "hr": _Reader.add_rule,
    "br": _Reader.add_break,
    "img": _Reader.add_image,
}
_ENDS: dict[str, _Handler] = {
    "blockquote": _Reader.close_container,
    "ul": _Reader.end_list,
    "ol": _Reader.end_list,
    "li": _Reader.end_item,
    "dd": _Reader.close_container,
    "pre": _Reader.end_pre,
    "table": _Reader.end_table,
    "caption": _Reader.end_caption,
    "td": _Reader.end_cell,
    "th": _Reader.end_cell,
    "a": _Reader.end_link,
}
