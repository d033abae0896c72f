"""A table as lines of text, aligned by the columns of a terminal and cut to its width."""

from collections.abc import Collection, Sequence

from ingestd.text.display_width import cut_to_width, display_width, pad_to_width

GAP = "  "
#: The columns that are not rigid are cut to so much, then the others too.
MIN_CELL_WIDTH = 6


def table_lines(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int | None = None,
    rigid: Collection[int] = (),
    ruled: bool = False,
) -> list[str]:
    """The lines of a table, the head first, with a line below it where it is `ruled`; none is wider than `width`.

    Where it does not fit, the widest columns are cut, each to the same width: first those that are not `rigid`.
    """
    lines = [head, *rows]
    widths = [max(map(display_width, column)) for column in zip(*lines, strict=True)]
    if width is not None:
        widths = _fitted(widths, max(width - len(GAP) * (len(widths) - 1), len(widths)), rigid)
    if ruled:
        lines.insert(1, ["─" * column for column in widths])
    return [_line(cells, widths, width) for cells in lines]


def fitted_widths(widths: Sequence[int], total: int) -> list[int]:
    """`widths` with the largest lowered until their sum is at most `total`."""
    left, fitted = total, list(widths)
    for position, number in enumerate(order := sorted(range(len(widths)), key=lambda column: widths[column])):
        fitted[number] = min(widths[number], left // (len(order) - position))
        left -= fitted[number]
    return fitted


def _fitted(widths: Sequence[int], total: int, rigid: Collection[int]) -> list[int]:
    flexible = [number for number in range(len(widths)) if number not in rigid]
    left = total - sum(widths[number] for number in rigid)
    if left < MIN_CELL_WIDTH * len(flexible):
        return fitted_widths(widths, total)
    cut = dict(zip(flexible, fitted_widths([widths[number] for number in flexible], left), strict=True))
    return [cut.get(number, width) for number, width in enumerate(widths)]


def _line(cells: Sequence[str], widths: Sequence[int], width: int | None) -> str:
    text = GAP.join(pad_to_width(cut_to_width(cell, limit), limit) for cell, limit in zip(cells, widths, strict=True))
    return text.rstrip() if width is None else cut_to_width(text.rstrip(), width)
