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
    if any(quotes in text for quotes in _MULTI_LINE_QUOTES) or _INDENTED_TABLE.search(text):
        return None
    head, *blocks = f"\n{text}".replace("\r\n", "\n").split(_HEADER)
    parts = [head]
    for block in blocks:
        end = _end_of_source(block) if "\n[" in block else len(block)
        if any(name in block for name in names):
            parts.append(_HEADER + block[:end])
        if end < len(block):
            parts.append(block[end:])
    return "".join(parts)


def _end_of_source(block: str) -> int:
    """Where the first table begins that is not the source's."""
    at = block.find("\n[")
    while at >= 0 and block.startswith(_WITHIN, at + 1):
        at = block.find("\n[", at + 1)
    return at if at >= 0 else len(block)
