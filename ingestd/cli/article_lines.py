"""An article as lines of text for a terminal: wrapped to its width, links as notes at the end."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from ingestd.cli.table_layout import GAP, fitted_widths
from ingestd.config.logs import escape_controls
from ingestd.extract.html.reading_blocks import Block, BlockKind, ReadableArticle
from ingestd.text.display_width import display_width, pad_to_width
from ingestd.text.wrap import wrap

#: Longer lines are hard to read.
MAX_LINE_WIDTH = 100
_RULE_WIDTH = 20
#: Narrower cells cannot be read.
MIN_CELL_WIDTH = 6


def article_lines(article: ReadableArticle, width: int | None) -> Iterator[tuple[str, bool]]:
    """(line, whether it is a heading) of an article; without a width each paragraph is one line.

    Headings have the marks of Markdown. Control characters are escaped. Addresses are never broken.
    """
    limit = None if width is None else min(width, MAX_LINE_WIDTH)
    for number, block in enumerate(article.blocks):
        if number and not block.tight:
            # The empty line stands in the quotes that are around both blocks.
            yield _shared(article.blocks[number - 1].rest, block.rest).rstrip(), False
        for line in _block_lines(block, limit, width):
            yield line, block.kind is BlockKind.HEADING
    if article.links:
        yield "", False
    for number, address in enumerate(article.links, 1):
        yield f"‹{number}› {escape_controls(address)}", False


def _shared(before: str, after: str) -> str:
    """The beginning that two prefixes have in common."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    return "".join(character for character, _ in pairs)


def _block_lines(block: Block, limit: int | None, width: int | None) -> list[str]:
    if block.kind is BlockKind.RULE:
        return [block.first + "─" * _RULE_WIDTH]
    if block.kind is BlockKind.TABLE:
        return _with_prefixes(block, _table_lines(block.rows, width, display_width(block.rest)))
    if block.kind is BlockKind.CODE:
        return _with_prefixes(block, ["    " + escape_controls(line) for line in block.text.split("\n")])
    marks = "#" * block.level + " " if block.level else ""
    text = "\n".join(map(escape_controls, (marks + block.text).split("\n")))
    return wrap(text, limit, first=block.first, rest=block.rest)


def _with_prefixes(block: Block, lines: list[str]) -> list[str]:
    return [(block.rest if number else block.first) + line for number, line in enumerate(lines)]


def _table_lines(rows: tuple[tuple[str, ...], ...], width: int | None, indent: int) -> list[str]:
    """A table with its cells wrapped, so that none of their text is lost; row by row where it has too many columns."""
    cells = [[escape_controls(cell) for cell in row] for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    if width is None:
        return _grid(cells, widths)
    left = max(width - indent - len(GAP) * (len(widths) - 1), len(widths))
    fitted = fitted_widths(widths, left)
    if any(limit < min(natural, MIN_CELL_WIDTH) for natural, limit in zip(widths, fitted, strict=True)):
        return _records(cells, width - indent)
    return _grid(cells, fitted)


def _grid(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """Cells side by side, with a line below the first row."""
    lines: list[str] = []
    for row in cells:
        wrapped = [wrap(cell, column) for cell, column in zip(row, widths, strict=True)]
        for number in range(max(map(len, wrapped))):
            parts = [one[number] if number < len(one) else "" for one in wrapped]
            lines.append(GAP.join(map(pad_to_width, parts, widths)).rstrip())
        if row is cells[0] and len(cells) > 1:
            lines.append(GAP.join("─" * column for column in widths))
    return lines


def _records(cells: Sequence[Sequence[str]], width: int) -> list[str]:
    """Each row as lines `head: cell`, and a short line between rows."""
    head, *rows = cells
    lines: list[str] = []
    for row in rows or [head]:
        if lines:
            lines.append("─")
        for name, cell in zip(head, row, strict=True):
            if cell:
                lines += wrap(f"{name}: {cell}" if name and row is not head else cell, width, rest="  ")
    return lines
