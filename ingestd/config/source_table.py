"""Many configured sources: their names, their addresses, and the settings that most of them have in common.

A record of each of 100,000 sources takes 100 MB and seconds to make. Most are written as a name, an address and the
same few lines: these are read once, and a `SourceConfig` is made when it is asked for.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from ingestd.config.environment import expand_variables
from ingestd.config.source_settings import SourceConfig
from ingestd.config.values import is_fetchable_url

_HEADER = "[[sources]]"
#: A string without escapes and variables.
_TEXT = r'"([^"\\$\x00-\x1f\x7f]*)"[ \t]*'
_NAME_AND_URL = re.compile(rf"[ \t]*\nname[ \t]*=[ \t]*{_TEXT}\nurl[ \t]*=[ \t]*{_TEXT}(?=\n|$)")
_COMMENT_LINE = re.compile(r"\n[ \t]*#[^\x00-\x08\x0a-\x1f\x7f]*(?=\n|$)")
#: In the place of a name and an address, where the other settings are checked.
_ANY_NAME_AND_URL = '\nname = "any"\nurl = "https://any.invalid/"'


class SourceTable(Sequence[SourceConfig]):
    """The configured sources, in their order.

    `settings` has for each a `SourceConfig` whose name and address may be another one's: sources with the same settings
    share it.
    """

    __slots__ = ("names", "settings", "urls")

    def __init__(self, names: list[str], urls: list[str], settings: list[SourceConfig]) -> None:
        self.names = names
        self.urls = urls
        self.settings = settings

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> SourceConfig: ...
    @overload
    def __getitem__(self, index: slice) -> "SourceTable": ...
    def __getitem__(self, index: int | slice) -> "SourceConfig | SourceTable":
        if isinstance(index, slice):
            return SourceTable(self.names[index], self.urls[index], self.settings[index])
        return self.settings[index].model_copy(update={"name": self.names[index], "url": self.urls[index]})


def table_of(sources: Sequence[SourceConfig]) -> SourceTable:
    """Configured sources as a table, whatever holds them."""
    if isinstance(sources, SourceTable):
        return sources
    return SourceTable([source.name for source in sources], [source.url for source in sources], list(sources))


def distinct_settings(sources: Sequence[SourceConfig]) -> Iterator[SourceConfig]:
    """The settings of all sources, each once, with the name and address of the first source that has them."""
    table = table_of(sources)
    first = {id(settings): index for index, settings in reversed(list(enumerate(table.settings)))}
    return (table[index] for index in sorted(first.values()))


def read_sources(blocks: Sequence[str], environ: Mapping[str, str]) -> SourceTable:
    """The sources whose text, below each header, is in `blocks`.

    Raises ValueError or UnsetVariableError for any mistake; the whole text tells which, and on which line.
    """
    table = SourceTable([], [], [])
    known: dict[str, SourceConfig] = {}
    for block in blocks:
        found = _NAME_AND_URL.match(block)
        rest = _COMMENT_LINE.sub("", block[found.end() :] if found else "")
        if found and rest not in known:
            known[rest] = _read_source(_ANY_NAME_AND_URL + rest, environ)
        # An address is compared with those of its mirrors.
        if found and not known[rest].mirrors and _is_plain(found[1], found[2]):
            settings, name, url = known[rest], found[1], found[2]
        else:
            settings = _read_source(block, environ)
            name, url = settings.name, settings.url
        table.names.append(name)
        table.urls.append(url)
        table.settings.append(settings)
    return table


def _is_plain(name: str, url: str) -> bool:
    """Whether a source of any kind may have this name and address, beyond doubt."""
    return 0 < len(name) <= 200 and name.isprintable() and name == name.strip() and is_fetchable_url(url)


def _read_source(block: str, environ: Mapping[str, str]) -> SourceConfig:
    data = tomllib.loads(f"{_HEADER}{block}")
    if set(data) != {"sources"} or len(data["sources"]) != 1:
        raise ValueError("more than one source")
    return SourceConfig.model_validate(expand_variables(data["sources"][0], environ))
