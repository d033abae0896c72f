"""What tables and listings of a tree are: layout or data, spans of cells, the language of code."""

import re
from itertools import islice

from ingestd.extract.html.reading_attributes import code_language
from ingestd.extract.html.tree import Element, attributes_of, text_of

#: Boxes around a listing that may name its language.
_MAX_CODE_BOXES = 3


def is_layout_table(table: Element, rows: list[list[Element]]) -> bool:
    """True for a table that is used for layout: it has one column, or most of its text in tables inside."""
    if table.get("role") == "presentation":
        return True
    if max(map(len, rows), default=0) <= 1:
        return True
    inner = [inside for inside in table.iterdescendants("table") if next(inside.iterancestors("table")) is table]
    if not inner:
        return False
    if any(cell.tag == "th" for row in rows for cell in row):
        return False
    return 2 * sum(len(text_of(inside)) for inside in inner) > len(text_of(table))


def span_attributes(cell: Element) -> str:
    """The attributes `colspan` and `rowspan` of a cell as markup, where they are more than one."""
    spans = ""
    for name in ("colspan", "rowspan"):
        value = cell.get(name, "")
        if re.fullmatch(r"[2-9]|[1-9]\d{1,2}", value):
            spans += f' {name}="{value}"'
    return spans


def language_of_code(pre: Element) -> str | None:
    """The language of a listing: that of its `<pre>`, of the `<code>` inside, or of a box around it."""
    inside = list(pre.iterchildren("code"))[:1]
    around = list(islice(pre.iterancestors("div", "figure"), _MAX_CODE_BOXES))
    for element in (pre, *inside, *around):
        found = code_language(attributes_of(element)) if element.attrib else None
        if found:
            return found
    return None
