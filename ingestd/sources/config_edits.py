"""Changes of one source in the text of a configuration: every other byte stays, comments and order included.

Each function gives the new text, which holds what was asked for and nothing else: both texts are parsed and compared.
It raises UsageError for a file that is written in a way that these changes do not know, such as `sources = [{…}]`.
"""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ingestd.model.errors import UsageError

_HEADER = re.compile(r"\s*\[\[\s*sources\s*\]\]\s*(?:#.*)?")
_OWN_TABLE = re.compile(r"\s*\[\[?\s*sources\s*\.")
_ANY_TABLE = re.compile(r"\s*\[")
_STRING = r"\"(?:[^\"\\]|\\.)*\"|'[^']*'"

Sources = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one `[[sources]]` table: its header, the end of its own keys, the end of its subtables."""

    start: int
    keys_end: int
    end: int


def toml_string(text: str) -> str:
    """A TOML basic string. JSON's escapes are valid in TOML, which requires DEL to be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def without_source(text: str, name: str) -> str:
    """The configuration without a source, and without the comment that stands directly above it."""

    def edit(lines: list[str], block: _Block) -> list[str]:
        start = block.start
        while start > 0 and lines[start - 1].lstrip().startswith("#"):
            start -= 1
        end = block.end
        if start == 0 or not lines[start - 1].strip():
            # One of the empty lines around it goes with it.
            end += end < len(lines) and not lines[end].strip()
        return lines[:start] + lines[end:]

    return _edited(text, name, edit, lambda sources, index: sources[:index] + sources[index + 1 :])


def with_enabled(text: str, name: str, *, enabled: bool) -> str:
    """The configuration with a source that is enabled or not; a comment behind the value stays."""

    def edit(lines: list[str], block: _Block) -> list[str]:
        for index in range(block.start, block.keys_end):
            match = re.match(r"(\s*enabled\s*=\s*)(?:true|false)\b", lines[index])
            if match:
                value = match[1] + ("true" if enabled else "false")
                return [*lines[:index], value + lines[index][match.end() :], *lines[index + 1 :]]
        line = f"enabled = {'true' if enabled else 'false'}" + _line_end(lines)
        return [*lines[: block.keys_end], line, *lines[block.keys_end :]]

    def expected(sources: Sources, index: int) -> Sources:
        return [*sources[:index], {**sources[index], "enabled": enabled}, *sources[index + 1 :]]

    if enabled and _source(text, name).get("enabled", True) is True:
        return text
    return _edited(text, name, edit, expected)


def with_name(text: str, name: str, new: str) -> str:
    """The configuration with a source under a new name; its tags and categories stay what they are."""

    def edit(lines: list[str], block: _Block) -> list[str]:
        for index in range(block.start, block.keys_end):
            match = re.match(rf"(\s*name\s*=\s*)(?:{_STRING})", lines[index])
            if match:
                line = match[1] + toml_string(new) + lines[index][match.end() :]
                return [*lines[:index], line, *lines[index + 1 :]]
        return lines

    def expected(sources: Sources, index: int) -> Sources:
        return [*sources[:index], {**sources[index], "name": new}, *sources[index + 1 :]]

    return _edited(text, name, edit, expected)


def _source(text: str, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [item for item in tomllib.loads(text).get("sources", []) if item.get("name") == name]
    if not found:
        raise UsageError(f"no source is named {name!r}")
    return found[0]


def _edited(
    text: str,
    name: str,
    edit: Callable[[list[str], _Block], list[str]],
    expected: Callable[[Sources, int], Sources],
) -> str:
    before = tomllib.loads(text)
    sources: Sources = before.get("sources", [])
    index = sources.index(_source(text, name))
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    blocks = _blocks(lines)
    if len(blocks) == len(sources):
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += _line_end(lines)
        after = "".join(edit(lines, blocks[index]))
        wanted = {**before, "sources": expected(sources, index)}
        if _parsed(after) in (wanted, {key: value for key, value in wanted.items() if value != []}):
            return after
    raise UsageError(f"the source {name!r} is written in a way that only an editor can change")


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _line_end(lines: list[str]) -> str:
    return "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"


def _blocks(lines: list[str]) -> list[_Block]:
    """Every `[[sources]]` table."""
    tables = [*_table_starts(lines), len(lines)]
    found = []
    for number, start in enumerate(tables[:-1]):
        if not _HEADER.fullmatch(lines[start].rstrip("\r\n")):
            continue
        following = tables[number + 1 :]
        end = next(index for index in following if index == len(lines) or not _OWN_TABLE.match(lines[index]))
        found.append(_Block(start, _last_line(lines, start, following[0]), _last_line(lines, start, end)))
    return found


def _table_starts(lines: list[str]) -> list[int]:
    """The lines that begin a table. Those of a value that begin with a bracket too stand in text that is incomplete."""
    found: list[int] = []
    before = 0
    for index in (number for number, line in enumerate(lines) if _ANY_TABLE.match(line)):
        if _parsed("".join(lines[before:index])) is not None:
            found.append(index)
            before = index
    return found


def _last_line(lines: list[str], start: int, end: int) -> int:
    """The end of a block without the empty lines and comments at its end, which belong to what follows."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end
