"""Finds, reads and checks the configuration file: a mistake is one `ConfigError` that names file, line and key."""

import os
import re
import stat
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ingestd.config.environment import UnsetVariableError, expand_variables
from ingestd.config.settings import Config, DatabaseConfig
from ingestd.config.source_parts import cut_sources, with_some_sources
from ingestd.config.source_table import read_sources, table_of
from ingestd.config.values import is_file_url
from ingestd.identity.urls import normalise
from ingestd.model.errors import ConfigError

#: Where the file is looked for when none is named, in this order.
SEARCH_PATH = ("./config/ingestd.toml", "/etc/ingestd/ingestd.toml")
_MISSING = "no such configuration file"
_INIT_HINT = "write one with `ingestd config init`"


def find_config(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: `given` (`--config`), $INGESTD_CONFIG, or the first of `SEARCH_PATH` that can be read.

    Raises ConfigError where the named file, or each file of the search path, does not exist or may not be read.
    """
    named = given or (Path(environ["INGESTD_CONFIG"]) if environ.get("INGESTD_CONFIG") else None)
    if named is not None:
        if reason := _why_unusable(named):
            raise ConfigError(f"{_whole_path(named)}: {reason}")
        return named
    looked = []
    for candidate in map(Path, SEARCH_PATH):
        reason = _why_unusable(candidate)
        if reason is None:
            return candidate
        looked.append(_whole_path(candidate) + ("" if reason == _MISSING else f" ({reason})"))
    places = " and ".join(looked)
    raise ConfigError(f"no configuration file: looked for {places}; name one with --config FILE, or {_INIT_HINT}")


def _why_unusable(path: Path) -> str | None:
    """Why a configuration cannot be read from `path`; None where it can."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return "is a folder, not a configuration file; Docker makes one where the file to be mounted does not exist"
        if not stat.S_ISREG(mode):
            return "is no regular file"
        path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        return _MISSING
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return None


def _whole_path(path: Path) -> str:
    """A path from the root on, for messages: who reads them may not know where the program was started."""
    try:
        return str(path.absolute())
    except OSError:
        return str(path)


def load_config(
    path: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    may_be_empty: bool = False,
    needed: Collection[str] | None = None,
) -> Config:
    """Read and check a configuration file; $INGESTD_DATABASE_URL overrides `database.url`.

    `needed` are the names of the sources that the caller needs, None for all: others may be missing, and are not
    checked then. Without the needed ones, or with a mistake in what is read, the whole file is read.

    Raises ConfigError, also for a file without a single key, unless it `may_be_empty`: the defaults would name another
    database, and no source.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    if needed is not None and (part := _parse_part(text, path, environ, needed)) is not None:
        return part
    config = parse_config(text, path, environ)
    if not config.model_fields_set - {"path"} and not may_be_empty:
        raise ConfigError(f"{path}: the file is empty: was it written completely? {_INIT_HINT}")
    return config


def _parse_part(text: str, path: Path, environ: Mapping[str, str], needed: Collection[str]) -> Config | None:
    """The configuration with some sources, among them those of these names; None where it takes the whole text."""
    part = with_some_sources(text, needed)
    if part is None or len(part) >= len(text):
        return None
    try:
        config = parse_config(part, path, environ)
    except ConfigError:
        # The whole text tells the line of the mistake.
        return None
    return config if set(table_of(config.sources).names).issuperset(needed) else None


def parse_config(text: str, path: Path, environ: Mapping[str, str]) -> Config:
    """Check the text of a configuration file; `path` is for messages. Raises ConfigError."""
    return _parse_in_parts(text, path, environ) or _parse_whole(text, path, environ)


def _parse_in_parts(text: str, path: Path, environ: Mapping[str, str]) -> Config | None:
    """The configuration with its sources in a `SourceTable`; None where only the whole text tells what is meant."""
    cut = cut_sources(text)
    if cut is None or not cut[1]:
        return None
    try:
        config = _parse_whole(cut[0], path, environ)
        if "sources" in config.model_fields_set:
            return None
        config = config.model_copy(update={"sources": read_sources(cut[1], environ)})
        _check_sources(config, path, text)
    except (ConfigError, UnsetVariableError, ValueError, RecursionError):
        # The whole text tells the line of the mistake.
        return None
    return config


def _parse_whole(text: str, path: Path, environ: Mapping[str, str]) -> Config:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from error
    if "path" in data:
        raise _error_at(path, text, ("path",), "unknown key")
    try:
        # A $ may be written as an escape.
        data = expand_variables(data, environ) if "$" in text or "\\" in text else data
    except UnsetVariableError as error:
        raise _error_at(path, text, error.location, str(error)) from error
    if url := environ.get("INGESTD_DATABASE_URL"):
        data["database"] = _with_database_url(data.get("database", {}), url)
    try:
        config = Config.model_validate({**data, "path": path})
    except ValidationError as error:
        first = error.errors()[0]
        raise _error_at(path, text, first["loc"], _message(first)) from error
    _check_sources(config, path, text)
    _check_unique_targets(config, path, text)
    _check_backup(config, path, text)
    return config


def _check_sources(config: Config, path: Path, text: str) -> None:
    _check_unique_sources(config, path, text)
    _check_media_folder(config, path, text)
    _check_local_feeds(config, path, text)


def _with_database_url(section: Any, url: str) -> Any:
    """The table `[database]` with the URL of $INGESTD_DATABASE_URL, whose own mistakes name the variable."""
    try:
        DatabaseConfig(url=url)
    except ValidationError as error:
        raise ConfigError(f"$INGESTD_DATABASE_URL: {_message(error.errors()[0])}") from error
    return {**section, "url": url} if isinstance(section, dict) else section


def _message(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "this key is required"
    message = str(error["msg"])
    return message.removeprefix("Value error, ")


def _error_at(path: Path, text: str, location: tuple[int | str, ...], message: str) -> ConfigError:
    # pydantic appends list positions and union members to the location: the line is that of the longest key found.
    location = tuple(part for part in location if not str(part).startswith(("tuple[", "literal[")))
    line = _line_of(text, location)
    where = f"{path}:{line}" if line else f"{path}"
    key = ".".join(str(part) for part in location) or "the file"
    return ConfigError(f"{where}: {key}: {message}")


def _check_unique_sources(config: Config, path: Path, text: str) -> None:
    """Raise ConfigError where two sources share a name, or a URL once both are normalised."""
    table = table_of(config.sources)
    names: dict[str, int] = {}
    urls: dict[str, int] = {}
    for index, (name, url) in enumerate(zip(table.names, table.urls, strict=True)):
        if name in names:
            raise _error_at(path, text, ("sources", index, "name"), f"two sources are named {name!r}")
        key = normalise(url) or url
        if key in urls:
            other = table.names[urls[key]]
            raise _error_at(path, text, ("sources", index, "url"), f"the source {other!r} has the same address")
        names[name] = urls[key] = index


def _check_media_folder(config: Config, path: Path, text: str) -> None:
    """Raise ConfigError where a source has `media = true` and images have no folder."""
    if config.media_folder is None:
        for index, settings in enumerate(table_of(config.sources).settings):
            if settings.media:
                message = "with a database on a server, images need a place of their own: set `folder` in [media]"
                raise _error_at(path, text, ("sources", index, "media"), message)


def _check_local_feeds(config: Config, path: Path, text: str) -> None:
    """Raise ConfigError where a source is a file or a program, and these are not allowed."""
    if config.fetch.allow_commands:
        return
    table = table_of(config.sources)
    for index, (url, settings) in enumerate(zip(table.urls, table.settings, strict=True)):
        if settings.command or is_file_url(url):
            message = "files and programs are read only with `allow_commands = true` in [fetch]"
            if not settings.command:
                message = f"a feed's address is an absolute http:// or https:// URL; {message}"
            raise _error_at(path, text, ("sources", index, "command" if settings.command else "url"), message)


def _check_unique_targets(config: Config, path: Path, text: str) -> None:
    """Raise ConfigError where two targets of notifications share a name."""
    names: set[str] = set()
    for index, target in enumerate(config.notify):
        if target.shown_name in names:
            message = f"two targets are named {target.shown_name!r}: give each a `name`"
            raise _error_at(path, text, ("notify", index), message)
        names.add(target.shown_name)


def _check_backup(config: Config, path: Path, text: str) -> None:
    """Raise ConfigError where a database on a server is to be backed up."""
    if config.backup.folder and not config.database.url.startswith("sqlite:///"):
        message = "only SQLite databases are backed up here: use pg_dump for PostgreSQL"
        raise _error_at(path, text, ("backup", "folder"), message)


def _line_of(text: str, location: tuple[int | str, ...]) -> int | None:
    """The line (from 1) of the longest prefix of `location` that is written in the file."""
    best: tuple[int, int] | None = None
    for line, key in _keys_with_lines(text):
        depth = len(key)
        if location[:depth] == key and (best is None or depth > best[0]):
            best = (depth, line)
    return best[1] if best else None


def _keys_with_lines(text: str) -> Iterator[tuple[int, tuple[int | str, ...]]]:
    """(line, key) of every table header and key at the start of a line; tomllib tells no lines."""
    table: tuple[int | str, ...] = ()
    counts: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if match := re.match(r"\[\[([^\]]{1,200})\]\]", line):
            name = match[1].strip()
            counts[name] = counts.get(name, -1) + 1
            table = (*_key_parts(name), counts[name])
            yield number, table
        elif match := re.match(r"\[([^\[\]]{1,200})\]", line):
            parts = _key_parts(match[1])
            table = (parts[0], counts[parts[0]], *parts[1:]) if parts[0] in counts else parts
            yield number, table
        elif match := re.match(r"([A-Za-z0-9_.\"'-]{1,200})\s*=", line):
            yield number, (*table, *_key_parts(match[1]))


def _key_parts(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key; a quoted part may hold dots, as a host does."""
    return tuple("".join(part) for part in re.findall(r"\"([^\"]*)\"|'([^']*)'|([^.\s\"']+)", dotted))
