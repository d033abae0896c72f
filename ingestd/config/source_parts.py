"""A part of a configuration's text: the tables that are no sources, and those sources that are asked for.

Reading TOML takes most of the time of a short command where thousands of sources are configured. The text is cut at the
lines `[[sources]]` without being parsed.
"""

import re
from collections.abc import Collection

_HEADER = "\n[[sources]]"
#: Tables of the source above them.
_WITHIN = ("[sources.", "[[sources.")
#: A text of several lines could hold what looks like a header.
_MULTI_LINE_QUOTES = ('"""', "'''")
#: What may be a table, and no source's, in the midst of one.
_INDENTED_TABLE = re.compile(r"\n[ \t]+\[")


def with_some_sources(text: str, names: Collection[str]) -> str | None:
    """The text with those sources alone that may have one of the names; None where it cannot be cut safely.

    A source whose name is written with escapes or ${NAME} is left out: the caller looks whether all are there.
    """
    cut = cut_sources(text)
    if cut is None:
        return None
    rest, blocks = cut
    return "".join([rest, *(_HEADER + block for block in blocks if any(name in block for name in names))])


def cut_sources(text: str) -> tuple[str, list[str]] | None:
    """The text without its sources, and what stands below each header of a source.

    None where it cannot be cut safely.
    """
    if any(quotes in text for quotes in _MULTI_LINE_QUOTES) or _INDENTED_TABLE.search(text):
        return None
    head, *blocks = f"\n{text}".replace("\r\n", "\n").split(_HEADER)
    rest = [head]
    for number, block in enumerate(blocks):
        if "\n[" in block and (end := _end_of_source(block)) < len(block):
            rest.append(block[end:])
            blocks[number] = block[:end]
    return "".join(rest), blocks


def _end_of_source(block: str) -> int:
    """Where the first table begins that is not the source's."""
    at = block.find("\n[")
    while at >= 0 and block.startswith(_WITHIN, at + 1):
        at = block.find("\n[", at + 1)
    return at if at >= 0 else len(block)
