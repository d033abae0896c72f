"""The configuration: frozen classes, one a concern, read from one TOML file.

A room gets only its own class. Durations are seconds and sizes are bytes once they are read; in the file they are
written as `"30m"` and `"15MB"`. Whatever is wrong in the file is one `ConfigError` that names file, line and key.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from ingestd import __version__
from ingestd.identity.urls import normalise, resolve
from ingestd.model.errors import ConfigError

SEARCH_PATH = ("./config/ingestd.toml", "/etc/ingestd/ingestd.toml")

_PROXIES = ("http", "https", "socks5", "socks5h")
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s?(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s?(B|KB|MB|GB|KiB|MiB|GiB)")
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def duration(value: object) -> object:
    """Seconds of a text such as `"90s"` or `"1.5h"`; units ms, s, m, h, d, w. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError('a duration is written as "30m": a number and one of ms, s, m, h, d, w')
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ValueError('a duration is written as "30m": a number and one of ms, s, m, h, d, w')
    return float(match[1]) * _SECONDS[match[2]]


def proxy(value: str | None) -> str | None:
    """The address of a proxy, as it is. Raises ValueError, which never repeats a password, for what is none."""
    parts = urlsplit(value or "http://none")
    try:
        good = parts.scheme in _PROXIES and parts.hostname and parts.port != 0 and (value or "x").isprintable()
    except ValueError:
        good = False
    if not good:
        raise ValueError("a proxy is an http://, https://, socks5:// or socks5h:// address")
    return value


def size(value: object) -> object:
    """Bytes of a text such as `"15MB"` (10^6) or `"15MiB"` (2^20)."""
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a size is written as "15MB": a number and one of B, KB, MB, GB, KiB, MiB, GiB')
    return int(float(match[1]) * _BYTES[match[2]])


Seconds = Annotated[float, BeforeValidator(duration), Field(ge=0, le=10 * 365 * 86_400)]
Bytes = Annotated[int, BeforeValidator(size), Field(gt=0)]
Proxy = Annotated[str | None, AfterValidator(proxy)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class DatabaseConfig(_Section):
    """Where posts are kept."""

    url: str = "sqlite:///var/ingestd.db"
    keep_pages: bool = True

    @field_validator("url")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("the database is sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME")
        return value


class FetchConfig(_Section):
    """How the network is used, for feeds and article pages alike."""

    concurrency: int = Field(32, ge=1, le=1000)
    per_host: int = Field(2, ge=1, le=100)
    min_delay: Seconds = 1.0
    timeout: Seconds = 20.0
    max_body: Bytes = 15_000_000
    allow_private_networks: bool = False
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    robots: bool = True
    contact: str = ""
    user_agent: str = ""
    proxy: Proxy = None

    @field_validator("allow_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, list):
            raise ValueError('a list of networks such as ["127.0.0.1/32"]')
        return tuple(ip_network(item) for item in value)

    @field_validator("user_agent", "contact")
    @classmethod
    def _one_header_line(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ValueError("must be printable ASCII, as an HTTP header is")
        return value

    @field_validator("timeout")
    @classmethod
    def _some_time(cls, value: float) -> float:
        if not 0.05 <= value <= 600:
            raise ValueError("must lie between 50ms and 10m")
        return value

    @model_validator(mode="before")
    @classmethod
    def _default_user_agent(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("user_agent"):
            contact = data.get("contact") or ""
            data = {**data, "user_agent": f"ingestd/{__version__} (feed archiver{f'; +{contact}' if contact else ''})"}
        return data


class ScheduleConfig(_Section):
    """How often sources are polled, and their articles visited again."""

    interval: Seconds = 1800.0
    min_interval: Seconds = 300.0
    max_interval: Seconds = 86_400.0
    revisit: tuple[Seconds, ...] = (3600.0, 21_600.0, 86_400.0, 604_800.0)

    @model_validator(mode="after")
    def _ordered(self) -> "ScheduleConfig":
        if self.min_interval <= 0:
            raise ValueError("min_interval must be more than 0s")
        if not self.min_interval <= self.interval <= self.max_interval:
            raise ValueError("must hold: min_interval <= interval <= max_interval")
        return self


class HostRuleConfig(_Section):
    """Parameters of one host's URLs that tell nothing about the article, and others that do."""

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


class UrlConfig(_Section):
    """Rules of the user's own for telling whether two URLs are one article."""

    tracking: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    hosts: dict[str, HostRuleConfig] = Field(default_factory=dict)
    aliases: dict[str, str] = Field(default_factory=dict)


class LogConfig(_Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "plain"] = "auto"


class SitesConfig(_Section):
    """Rules for reading the pages of certain sites, beside the shipped ones."""

    rules: tuple[str, ...] = ()


class MediaConfig(_Section):
    """Images of articles, for the sources that have `media = true`. `folder` "" is beside the SQLite database."""

    folder: str = ""
    max_size: Bytes = 10_000_000


class WebsubConfig(_Section):
    """Pushes from hubs instead of polls: where hubs reach us. Off while `callback_url` is empty."""

    callback_url: str = ""
    listen: str = "127.0.0.1:8088"

    @field_validator("callback_url")
    @classmethod
    def _public(cls, value: str) -> str:
        if value and (not value.startswith(("http://", "https://")) or resolve(value, value) is None or "?" in value):
            raise ValueError('an absolute http:// or https:// URL without a query, or "" for none')
        return value

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        if not (match := re.fullmatch(r"[^\s/]+:(\d{1,5})", value)) or int(match[1]) > 65_535:
            raise ValueError('an address and a port such as "127.0.0.1:8088"')
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class SourceConfig(_Section):
    """One feed."""

    name: str = Field(min_length=1, max_length=200)
    url: str
    interval: Seconds | None = None
    tags: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    article: Literal["auto", "always", "never"] = "auto"
    select: str | None = None
    remove: tuple[str, ...] = ()
    title: str | None = None
    author: str | None = None
    date: str | None = None
    next_page: str | None = None
    timezone: str | None = None
    language: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    username: str | None = None
    password: str | None = None
    proxy: Proxy = None
    enabled: bool = True
    revisit: bool = True
    media: bool = False

    @field_validator("interval")
    @classmethod
    def _some_interval(cls, value: float | None) -> float | None:
        if value is not None and value <= 0:
            raise ValueError("must be more than 0s; a source that is not to be polled has enabled = false")
        return value

    @field_validator("name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable() or value != value.strip():
            raise ValueError("a name is one line of printable text without spaces around it")
        return value

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")) or resolve(value, value) is None:
            raise ValueError("a feed's address is an absolute http:// or https:// URL")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"no such time zone: {value!r} (write an IANA name such as Asia/Shanghai)") from error
        return value

    @field_validator("headers")
    @classmethod
    def _header_lines(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or any(
                ord(c) < 32 or ord(c) == 127 for c in text
            ):
                raise ValueError(f"not a header that HTTP can carry: {name!r}")
        return value


class Config(_Section):
    """Everything that a user configures."""

    database: DatabaseConfig = DatabaseConfig()
    fetch: FetchConfig = Field(default_factory=lambda: FetchConfig.model_validate({}))
    schedule: ScheduleConfig = ScheduleConfig()
    urls: UrlConfig = UrlConfig()
    sites: SitesConfig = SitesConfig()
    websub: WebsubConfig = WebsubConfig()
    media: MediaConfig = MediaConfig()
    logs: LogConfig = LogConfig()
    sources: tuple[SourceConfig, ...] = ()
    path: Path | None = Field(None, exclude=True)

    @property
    def media_folder(self) -> Path | None:
        """Where images are stored; None where that is nowhere: a database on a server, and no folder configured."""
        if self.media.folder:
            return Path(self.media.folder)
        url = self.database.url
        return Path(url.removeprefix("sqlite:///") + ".media") if url.startswith("sqlite:///") else None


def find_config(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: `--config`, $INGESTD_CONFIG, ./config/ingestd.toml, /etc/ingestd/ingestd.toml.

    Raises ConfigError where a file that was named, or all that are looked for, do not exist.
    """
    named = given or (Path(environ["INGESTD_CONFIG"]) if environ.get("INGESTD_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError(f"{named}: no such configuration file")
        return named
    for candidate in map(Path, SEARCH_PATH):
        if candidate.is_file():
            return candidate
    looked = " and ".join(SEARCH_PATH)
    hint = "name one with --config FILE, or write one with `ingestd config init`"
    raise ConfigError(f"no configuration file: looked for {looked}; {hint}")


def load_config(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check a configuration file; $INGESTD_DATABASE_URL overrides `database.url`. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return parse_config(text, path, environ)


def parse_config(text: str, path: Path, environ: Mapping[str, str]) -> Config:
    """Check the text of a configuration file. Raises ConfigError naming `path`, line and key."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from error
    if "path" in data:
        raise _at(path, text, ("path",), "unknown key")
    if url := environ.get("INGESTD_DATABASE_URL"):
        data["database"] = _with_url(data.get("database", {}), url)
    try:
        config = Config.model_validate({**data, "path": path})
    except ValidationError as error:
        first = error.errors()[0]
        raise _at(path, text, first["loc"], _say(first)) from error
    _check_unique(config, path, text)
    _check_media(config, path, text)
    return config


def _with_url(section: Any, url: str) -> Any:
    try:
        DatabaseConfig(url=url)
    except ValidationError as error:
        raise ConfigError(f"$INGESTD_DATABASE_URL: {_say(error.errors()[0])}") from error
    return {**section, "url": url} if isinstance(section, dict) else section


def _say(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "this key is required"
    message = str(error["msg"])
    return message.removeprefix("Value error, ")


def _at(path: Path, text: str, location: tuple[int | str, ...], message: str) -> ConfigError:
    # pydantic adds steps of its own behind a key (list positions, union members); the file's keys come first.
    line = _line_of(text, location)
    where = f"{path}:{line}" if line else f"{path}"
    key = ".".join(str(part) for part in location) or "the file"
    return ConfigError(f"{where}: {key}: {message}")


def _check_unique(config: Config, path: Path, text: str) -> None:
    names: dict[str, int] = {}
    urls: dict[str, int] = {}
    for index, source in enumerate(config.sources):
        if source.name in names:
            raise _at(path, text, ("sources", index, "name"), f"two sources are named {source.name!r}")
        key = normalise(source.url) or source.url
        if key in urls:
            other = config.sources[urls[key]].name
            raise _at(path, text, ("sources", index, "url"), f"the source {other!r} has the same address")
        names[source.name] = urls[key] = index


def _check_media(config: Config, path: Path, text: str) -> None:
    if config.media_folder is None:
        for index, source in enumerate(config.sources):
            if source.media:
                message = "with a database on a server, images need a place of their own: set `folder` in [media]"
                raise _at(path, text, ("sources", index, "media"), message)


def _line_of(text: str, location: tuple[int | str, ...]) -> int | None:
    """The line (from 1) of the deepest part of `location` that the file spells out."""
    best: tuple[int, int] | None = None
    for line, spelled in _spelled_keys(text):
        depth = len(spelled)
        if location[:depth] == spelled and (best is None or depth > best[0]):
            best = (depth, line)
    return best[1] if best else None


def _spelled_keys(text: str) -> Iterator[tuple[int, tuple[int | str, ...]]]:
    """Every table header and key of a TOML text with its line; a scan by line, good enough to point at a mistake."""
    table: tuple[int | str, ...] = ()
    counts: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if match := re.match(r"\[\[([^\]]{1,200})\]\]", line):
            name = match[1].strip()
            counts[name] = counts.get(name, -1) + 1
            table = (*_parts(name), counts[name])
            yield number, table
        elif match := re.match(r"\[([^\[\]]{1,200})\]", line):
            parts = _parts(match[1])
            table = (parts[0], counts[parts[0]], *parts[1:]) if parts[0] in counts else parts
            yield number, table
        elif match := re.match(r"([A-Za-z0-9_.\"'-]{1,200})\s*=", line):
            yield number, (*table, *_parts(match[1]))


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
