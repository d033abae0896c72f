"""What a user configures: frozen classes, one a concern, each a table of the file.

Each package is given only the class that concerns it. Durations are in seconds and sizes in bytes; `values` says how
they are written.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ingestd import __version__
from ingestd.config.section import Section
from ingestd.config.service_settings import BackfillConfig, BackupConfig, MetricsConfig, NotifyConfig, WebsubConfig
from ingestd.config.values import (
    Age,
    Bytes,
    FilterRules,
    Headers,
    HeaderValue,
    HostName,
    MaxAge,
    MirrorUrl,
    Networks,
    PathText,
    Proxy,
    Seconds,
    TimeZoneName,
    command_address,
    expand_home,
    is_command_address,
    is_fetchable_url,
    is_file_url,
    names_a_file,
)


class DatabaseConfig(Section):
    """`[database]`: where posts are stored."""

    url: str = "sqlite:///var/ingestd.db"
    keep_pages: bool = True

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("the database is sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME")
        if value.startswith("sqlite:///") and not names_a_file(value.removeprefix("sqlite:///")):
            raise ValueError("sqlite:///PATH names a file, without options: a database in memory would keep nothing")
        kind, separator, path = value.partition(":///")
        return f"{kind}{separator}{expand_home(path)}" if separator else value


class FetchConfig(Section):
    """`[fetch]`: HTTP requests for feeds, article pages and images."""

    concurrency: int = Field(32, ge=1, le=1000)
    per_host: int = Field(2, ge=1, le=100)
    min_delay: Seconds = 1.0
    timeout: Seconds = 20.0
    max_body: Bytes = 15_000_000
    allow_commands: bool = False
    allow_private_networks: bool = False
    allow_networks: Networks = ()
    robots: bool = True
    contact: HeaderValue = ""
    user_agent: HeaderValue = ""
    proxy: Proxy | None = None

    @field_validator("timeout")
    @classmethod
    def _timeout_in_range(cls, value: float) -> float:
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


class HostConfig(Section):
    """`[hosts."example.org"]`: the pace of one host, where it is not that of `[fetch]`.

    `concurrency` is how many of its sources are polled at once, `per_host` how many requests are in flight to it.
    """

    min_delay: Seconds | None = None
    per_host: int | None = Field(None, ge=1, le=100)
    concurrency: int | None = Field(None, ge=1, le=1000)


class ScheduleConfig(Section):
    """`[schedule]`: how often sources are polled, and when articles are revisited after they were stored."""

    interval: Seconds = 1800.0
    min_interval: Seconds = 300.0
    max_interval: Seconds = 86_400.0
    revisit: tuple[Seconds, ...] = (3600.0, 21_600.0, 86_400.0, 604_800.0)

    @model_validator(mode="after")
    def _intervals_in_order(self) -> "ScheduleConfig":
        if self.min_interval <= 0:
            raise ValueError("min_interval must be more than 0s")
        if not self.min_interval <= self.interval <= self.max_interval:
            raise ValueError("must hold: min_interval <= interval <= max_interval")
        return self


class HostRuleConfig(Section):
    """Query parameters of one host that do not identify an article (`drop`), and others that do (`keep`)."""

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


class UrlConfig(Section):
    """`[urls]`: rules that decide whether two URLs are the same article, beside the built-in ones."""

    tracking: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    hosts: dict[str, HostRuleConfig] = Field(default_factory=dict)
    aliases: dict[str, str] = Field(default_factory=dict)


class LogConfig(Section):
    """`[logs]`: what is written to standard error, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "plain"] = "auto"


class SitesConfig(Section):
    """`[sites]`: files with further extraction rules for certain sites, beside the shipped ones."""

    rules: tuple[PathText, ...] = ()


class MediaConfig(Section):
    """`[media]`: images of articles, for sources with `media = true`. `folder` "" is beside the SQLite database."""

    folder: PathText = ""
    max_size: Bytes = 10_000_000


class FiltersConfig(Section):
    """`[filters]`: rules for every source, beside its own; `max_age` for those that set none."""

    keep: FilterRules = ()
    block: FilterRules = ()
    max_age: MaxAge | None = None


class RetentionConfig(Section):
    """`retention` of a source: after how many seconds kept pages and bodies are dropped; None: never.

    Without an age of their own, pages go with the bodies.
    """

    pages: Age | None = None
    bodies: Age | None = None

    @model_validator(mode="after")
    def _pages_first(self) -> "RetentionConfig":
        if self.pages is not None and self.bodies is not None and self.pages > self.bodies:
            raise ValueError("pages go first: their age is at most that of bodies")
        return self


class SourceConfig(Section):
    """`[[sources]]`: one feed, sitemap, or page that lists articles."""

    name: str = Field(min_length=1, max_length=200)
    url: str
    kind: Literal["feed", "sitemap", "page"] = "feed"
    links: str | None = None
    command: tuple[str, ...] = ()
    mirrors: tuple[MirrorUrl, ...] = Field((), max_length=9)
    interval: Seconds | None = None
    min_interval: Seconds | None = None
    max_interval: Seconds | None = None
    tags: tuple[str, ...] | Literal["feed"] | None = None
    categories: tuple[str, ...] | None = None
    article: Literal["auto", "always", "never"] = "auto"
    select: str | None = None
    remove: tuple[str, ...] = ()
    title: str | None = None
    author: str | None = None
    date: str | None = None
    next_page: str | None = None
    timezone: TimeZoneName | None = None
    language: str | None = None
    headers: Headers = Field(default_factory=dict)
    username: str | None = None
    password: str | None = None
    password_file: PathText | None = None
    proxy: Proxy | None = None
    ca_file: PathText | None = None
    enabled: bool = True
    revisit: bool = True
    media: bool = False
    retention: RetentionConfig | None = None
    keep: FilterRules = ()
    block: FilterRules = ()
    max_age: MaxAge | None = None

    @field_validator("interval", "min_interval", "max_interval")
    @classmethod
    def _interval_above_zero(cls, value: float | None) -> float | None:
        if value is not None and value <= 0:
            raise ValueError("must be more than 0s; a source that is not to be polled has enabled = false")
        return value

    @model_validator(mode="before")
    @classmethod
    def _url_of_command(cls, data: Any) -> Any:
        """A program has an address too: by it the database knows the source."""
        if not isinstance(data, dict):
            return data
        if "command" not in data:
            if is_command_address(data.get("url")):
                raise ValueError('a program is written command = ["/path", "argument"]')
            return data
        if "url" in data:
            raise ValueError("has both url and command")
        return {**data, "url": command_address(data["command"])}

    @field_validator("name")
    @classmethod
    def _printable_line(cls, value: str) -> str:
        if not value.isprintable() or value != value.strip():
            raise ValueError("a name is one line of printable text without spaces around it")
        return value

    @field_validator("url")
    @classmethod
    def _feed_address(cls, value: str) -> str:
        if not (is_fetchable_url(value) or is_file_url(value) or is_command_address(value)):
            raise ValueError("a feed's address is an absolute http:// or https:// URL, or file:///path")
        return value

    @model_validator(mode="after")
    def _intervals_in_order(self) -> "SourceConfig":
        given = [value for value in (self.min_interval, self.interval, self.max_interval) if value is not None]
        if given != sorted(given):
            raise ValueError("must hold: min_interval <= interval <= max_interval")
        return self

    @model_validator(mode="after")
    def _links_of_a_page(self) -> "SourceConfig":
        if self.links is not None and self.kind != "page":
            raise ValueError('`links` is for sources with kind = "page"')
        if self.mirrors and (self.kind != "feed" or not is_fetchable_url(self.url)):
            raise ValueError("`mirrors` are further addresses of a feed on the web")
        if len({self.url, *self.mirrors}) <= len(self.mirrors):
            raise ValueError("an address stands twice among `url` and `mirrors`")
        if self.kind != "feed" and not is_fetchable_url(self.url):
            raise ValueError(f'kind = "{self.kind}" is read from the web: its url is an http:// or https:// URL')
        return self

    @model_validator(mode="after")
    def _one_password(self) -> "SourceConfig":
        if self.password is not None and self.password_file is not None:
            raise ValueError("has both password and password_file")
        return self


class Config(Section):
    """The whole file; `path` is where it was read."""

    database: DatabaseConfig = DatabaseConfig()
    fetch: FetchConfig = Field(default_factory=lambda: FetchConfig.model_validate({}))
    hosts: dict[HostName, HostConfig] = Field(default_factory=dict)
    schedule: ScheduleConfig = ScheduleConfig()
    urls: UrlConfig = UrlConfig()
    sites: SitesConfig = SitesConfig()
    filters: FiltersConfig = FiltersConfig()
    websub: WebsubConfig = WebsubConfig()
    media: MediaConfig = MediaConfig()
    backfill: BackfillConfig = BackfillConfig()
    backup: BackupConfig = Field(default_factory=lambda: BackupConfig.model_validate({}))
    logs: LogConfig = LogConfig()
    metrics: MetricsConfig = MetricsConfig()
    notify: tuple[NotifyConfig, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    path: Path | None = Field(None, exclude=True)

    @property
    def media_folder(self) -> Path | None:
        """Where images are stored; None for a database on a server without a configured folder."""
        if self.media.folder:
            return Path(self.media.folder)
        url = self.database.url
        return Path(url.removeprefix("sqlite:///") + ".media") if url.startswith("sqlite:///") else None
