"""The configuration → the sources that are polled."""

import base64
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import overload
from urllib.parse import unquote, urlsplit, urlunsplit

from ingestd.config.settings import Config
from ingestd.config.source_settings import SourceConfig
from ingestd.config.source_table import table_of
from ingestd.model.errors import ConfigError, UsageError
from ingestd.model.source import SiteRule, Source, SourceRow, WantedSource
from ingestd.sources.password_files import read_password_file


class ConfiguredSources(Sequence[Source]):
    """Every source of a configuration, in its order; `id` is not set, since that is the row in the database.

    Each is made when it is asked for: sources with the same settings share them. The files of passwords and
    certificates are read at once, of the sources that `files_of` names, None for all. Raises ConfigError for a file
    that cannot be used.
    """

    def __init__(self, config: Config, files_of: Collection[str] | None = None) -> None:
        table = table_of(config.sources)
        self.names = table.names
        self.urls = list(table.urls)
        self._given = table.settings
        #: For each source one whose settings it shares; name and address, and what is named after it, may be another's.
        self.settings: list[Source] = []
        known: dict[tuple[int, bool], Source] = {}
        for index, (name, url, given) in enumerate(zip(table.names, table.urls, table.settings, strict=True)):
            reads_files = bool(given.password_file or given.ca_file) and (files_of is None or name in files_of)
            settings = known.get((id(given), reads_files))
            # A password in an address is of this source alone.
            if settings is None or "@" in url:
                item = table[index]
                settings = _source(_with_files(item, config.path) if reads_files else item, config)
                self.urls[index] = settings.url
            if "@" not in url:
                known[id(given), reads_files] = settings
            self.settings.append(settings)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Source: ...
    @overload
    def __getitem__(self, index: slice) -> list[Source]: ...
    def __getitem__(self, index: int | slice) -> Source | list[Source]:
        if isinstance(index, slice):
            return [self[one] for one in range(len(self))[index]]
        return self.source(index, SourceRow(0, self.urls[index], None))

    def source(self, index: int, row: SourceRow) -> Source:
        """A source with its row."""
        given, name = self._given[index], self.names[index]
        return replace(
            self.settings[index],
            **row._asdict(),
            name=name,
            tags=given.tags if isinstance(given.tags, tuple) else (name,),
            categories=given.categories if given.categories is not None else (name,),
        )

    def wanted(self) -> list[WantedSource]:
        """What their rows have to say."""
        rows = zip(self.names, self.urls, self.settings, strict=True)
        return [WantedSource(name, url, settings.enabled) for name, url, settings in rows]


def configured_sources(config: Config, *, files_of: Collection[str] | None = None) -> list[Source]:
    """The records of `ConfiguredSources`: whoever lists or fetches some sources may not read the files of others."""
    return list(ConfiguredSources(config, files_of))


def sources_to_fetch(config: Config, names: Sequence[str]) -> list[Source]:
    """The configured sources of these names, all that are enabled where no name is given; only their files are read.

    Raises UsageError for a name that is not configured, ConfigError for a file that cannot be used.
    """
    wanted = {source.name for source in select_sources(configured_sources(config, files_of=()), names)}
    return [source for source in configured_sources(config, files_of=wanted) if source.name in wanted]


def _with_files(item: SourceConfig, config_path: Path | None) -> SourceConfig:
    try:
        password = read_password_file(item.password_file, config_path) if item.password_file else item.password
        if item.ca_file:
            _check_certificates(item.ca_file)
    except ConfigError as error:
        where = f"{config_path}: " if config_path else ""
        raise ConfigError(f"{where}the source {item.name!r}: {error}") from error
    # A copy of each of thousands of sources would take a while.
    return item if password == item.password else item.model_copy(update={"password": password})


def _check_certificates(ca_file: str) -> None:
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = "it holds no certificate in PEM format" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigError(f"its ca_file {ca_file} cannot be used: {reason}") from error


def require_sources(config: Config) -> None:
    """Raise ConfigError where no source is configured: the stored ones would all be disabled.

    A file that was cut or half written is likelier than a wish to poll nothing, which `enabled = false` says.
    """
    if not config.sources:
        raise ConfigError(
            f"{config.path or 'the configuration'}: names no source: was it written completely? "
            "Sources that are not to be polled have `enabled = false`"
        )


def _source(item: SourceConfig, config: Config) -> Source:
    url, username, password = _without_userinfo(item)
    return Source(
        name=item.name,
        url=url,
        kind=item.kind,
        links=item.links,
        command=item.command,
        mirrors=item.mirrors,
        tags=item.tags if isinstance(item.tags, tuple) else (item.name,),
        tags_from_feed=item.tags == "feed",
        categories=item.categories if item.categories is not None else (item.name,),
        article=item.article,
        rule=SiteRule(item.select, item.remove, item.title, item.author, item.date, item.next_page),
        timezone=item.timezone,
        language=item.language,
        headers=_headers(item.headers, username, password),
        proxy=item.proxy,
        ca_file=item.ca_file,
        interval_s=item.interval or _within(config.schedule.interval, item.min_interval, item.max_interval),
        min_interval_s=item.min_interval,
        max_interval_s=item.max_interval,
        enabled=item.enabled,
        revisit=item.revisit,
        media=item.media,
        keep=_joined(item.keep, config.filters.keep),
        block=_joined(item.block, config.filters.block),
        max_age_s=config.filters.max_age if item.max_age is None else item.max_age,
    )


def _joined(own: Sequence[str], of_all: Sequence[str]) -> tuple[str, ...]:
    """The rules of a source, then those of `[filters]`."""
    return tuple(dict.fromkeys((*own, *of_all)))


def _within(interval_s: float, min_s: float | None, max_s: float | None) -> float:
    """The interval of `[schedule]`, or the nearest one within a source's own bounds."""
    return min(max(interval_s, min_s or 0.0), max_s or float("inf"))


def _without_userinfo(item: SourceConfig) -> tuple[str, str | None, str | None]:
    """URL without userinfo, user name, password. The URL is logged and stored, so it must not contain credentials."""
    if "@" not in item.url:
        return item.url, item.username, item.password
    parts = urlsplit(item.url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return item.url, item.username, item.password
    username, _, password = userinfo.partition(":")
    url = urlunsplit(parts._replace(netloc=host))
    if item.username is not None or item.password is not None:
        return url, item.username, item.password
    return url, unquote(username), unquote(password)


def _headers(given: Mapping[str, str], username: str | None, password: str | None) -> tuple[tuple[str, str], ...]:
    headers = dict(given)
    if username is not None or password is not None:
        # RFC 7617: user-id and password as UTF-8, in base 64.
        secret = f"{username or ''}:{password or ''}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(secret).decode("ascii")
    return tuple(headers.items())


def select_sources(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """The sources of these names, in the order of the configuration; all that are enabled where no name is given.

    Raises UsageError for a name that is not configured.
    """
    if not names:
        return [source for source in sources if source.enabled]
    known = [source.name for source in sources]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4)
            hint = f"; did you mean {' or '.join(repr(item) for item in near)}?" if near else ""
            raise UsageError(f"no source is named {name!r}{hint} (`ingestd sources list` shows all)")
    wanted = set(names)
    return [source for source in sources if source.name in wanted]
