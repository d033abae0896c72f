"""A part of a configuration's text: the tables that are no sources, and those sources that are asked for.

Reading TOML takes most of the time of a short command where thousands of sources are configured. The text is cut at the
lines `[[sources]]` without being parsed.
"""

import re
from collections.abc import Collection, Iterator

_HEADER = "\n[[sources]]"
#: A table that is no source, nor one of the source above it.
_OTHER_TABLE = re.compile(r"\n\[(?!\[sources\]\]|\[?sources\.)")
#: What may be a table, and no source's, in the midst of one.
_INDENTED_TABLE = re.compile(r"\n[ \t]+\[")


def with_some_sources(text: str, names: Collection[str]) -> str | None:
    """The text with those sources alone that may have one of the names; None where it cannot be cut safely.

    A source whose name is written with escapes or ${NAME} is left out: the caller looks whether all are there.
    """
    found = _cuttable(text)
    if found is None:
        return None
    text, first = found
    blocks = sorted({start for name in names for start in _blocks_with(text, name, first)})
    return text[:first] + _other_tables(text, first) + "".join(_source_at(text, start) for start in blocks)


def cut_sources(text: str) -> tuple[str, list[str]] | None:
    """The text without its sources, and what stands below each header of a source.

    None where it cannot be cut safely.
    """
    found = _cuttable(text)
    if found is None:
        return None
    text, first = found
    blocks = text[first:].split(_HEADER)[1:]
    for number, block in enumerate(blocks):
        if "\n[" in block and (other := _OTHER_TABLE.search(block)):
            blocks[number] = block[: other.start()]
    return text[:first] + _other_tables(text, first), blocks


def _cuttable(text: str) -> tuple[str, int] | None:
    """The text with plain ends of lines, and where its first source begins; None where it cannot be cut safely.

    `rfind` looks for a mark in half the time of `in`.
    """
    if text.rfind('"""') >= 0 or ("'" in text and "'''" in text) or _INDENTED_TABLE.search(text):
        return None
    text = "\n" + (text.replace("\r\n", "\n") if "\r" in text else text)
    first = text.find(_HEADER)
    return text, len(text) if first < 0 else first


def _other_tables(text: str, first: int) -> str:
    """What stands below the first source and belongs to no source."""
    found = []
    at = _OTHER_TABLE.search(text, first)
    while at:
        end = text.find(_HEADER, at.end())
        found.append(text[at.start() : end] if end >= 0 else text[at.start() :])
        at = _OTHER_TABLE.search(text, end) if end >= 0 else None
    return "".join(found)


def _blocks_with(text: str, name: str, first: int) -> Iterator[int]:
    """Where the sources begin in whose text the name stands, and perhaps others."""
    at = text.find(name, first + len(_HEADER))
    while at >= 0:
        start = text.rfind(_HEADER, 0, at)
        yield start
        next_one = text.find(_HEADER, start + len(_HEADER))
        at = text.find(name, next_one + len(_HEADER)) if next_one >= 0 else -1


def _source_at(text: str, start: int) -> str:
    """The header of a source and what stands below it."""
    below = start + len(_HEADER)
    end = text.find(_HEADER, below)
    end = end if end >= 0 else len(text)
    other = _OTHER_TABLE.search(text, below, end)
    return text[start : other.start() if other else end]
