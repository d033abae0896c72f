"""What a user configures: frozen classes, one a concern, each a table of the file.

Each package is given only the class that concerns it. Durations are in seconds and sizes in bytes; `values` says how
they are written.
"""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ingestd import __version__
from ingestd.config.values import (
    Age,
    Bytes,
    Headers,
    HeaderValue,
    HostAndPort,
    HostName,
    ListenAddress,
    Networks,
    PathText,
    Proxy,
    Seconds,
    TimeZoneName,
    expand_home,
    is_fetchable_url,
    is_private_listener,
    names_a_file,
)
from ingestd.model.event import EventKind


class _Section(BaseModel):
    """Immutable; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class DatabaseConfig(_Section):
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


class FetchConfig(_Section):
    """`[fetch]`: HTTP requests for feeds, article pages and images."""

    concurrency: int = Field(32, ge=1, le=1000)
    per_host: int = Field(2, ge=1, le=100)
    min_delay: Seconds = 1.0
    timeout: Seconds = 20.0
    max_body: Bytes = 15_000_000
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


class HostConfig(_Section):
    """`[hosts."example.org"]`: the pace of one host, where it is not that of `[fetch]`.

    `concurrency` is how many of its sources are polled at once, `per_host` how many requests are in flight to it.
    """

    min_delay: Seconds | None = None
    per_host: int | None = Field(None, ge=1, le=100)
    concurrency: int | None = Field(None, ge=1, le=1000)


class ScheduleConfig(_Section):
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


class HostRuleConfig(_Section):
    """Query parameters of one host that do not identify an article (`drop`), and others that do (`keep`)."""

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


class UrlConfig(_Section):
    """`[urls]`: rules that decide whether two URLs are the same article, beside the built-in ones."""

    tracking: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    hosts: dict[str, HostRuleConfig] = Field(default_factory=dict)
    aliases: dict[str, str] = Field(default_factory=dict)


class LogConfig(_Section):
    """`[logs]`: what is written to standard error, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "plain"] = "auto"


class SitesConfig(_Section):
    """`[sites]`: files with further extraction rules for certain sites, beside the shipped ones."""

    rules: tuple[PathText, ...] = ()


class MediaConfig(_Section):
    """`[media]`: images of articles, for sources with `media = true`. `folder` "" is beside the SQLite database."""

    folder: PathText = ""
    max_size: Bytes = 10_000_000


class BackupConfig(_Section):
    """`[backup]`: copies of the database and its images. Off while `folder` is empty; `every` 0: not by the daemon."""

    folder: PathText = ""
    every: Seconds = 86_400.0
    keep: int = Field(7, ge=1, le=100_000)

    @field_validator("every")
    @classmethod
    def _not_all_the_time(cls, value: float) -> float:
        if 0 < value < 60:
            raise ValueError('must be at least 1m, or "0s": then the daemon makes none')
        return value


class WebsubConfig(_Section):
    """`[websub]`: pushes from WebSub hubs, and where hubs reach the daemon. Off while `callback_url` is empty."""

    callback_url: str = ""
    listen: HostAndPort = "127.0.0.1:8088"

    @field_validator("callback_url")
    @classmethod
    def _callback_address(cls, value: str) -> str:
        if value and (not is_fetchable_url(value) or "?" in value):
            raise ValueError('an absolute http:// or https:// URL without a query, or "" for none')
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Host (an IPv6 address without brackets) and port of `listen`."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class MetricsConfig(_Section):
    """`[metrics]`: where `/metrics` and `/health` are served; nowhere while `listen` is empty."""

    listen: ListenAddress = ""
    allow_public: bool = False

    @model_validator(mode="after")
    def _private_unless_told(self) -> "MetricsConfig":
        if not self.allow_public and not is_private_listener(self.listen):
            raise ValueError(
                f'{self.listen} can be reached from other machines: listen on 127.0.0.1, [::1] or "unix:/path", or'
                " set allow_public = true"
            )
        return self


class NotifyConfig(_Section):
    """`[[notify]]`: who is told of which events, by a webhook (`url`) or a command."""

    events: tuple[EventKind, ...] = Field(min_length=1)
    url: str | None = None
    command: tuple[str, ...] = ()
    name: str = Field("", max_length=200)
    secret: str | None = Field(None, min_length=1)
    secret_file: PathText | None = None
    headers: Headers = Field(default_factory=dict)
    proxy: Proxy | None = None
    timeout: Seconds = 30.0

    @model_validator(mode="after")
    def _one_way(self) -> "NotifyConfig":
        if (self.url is None) == (not self.command):
            raise ValueError("needs either url or command")
        if self.url is not None and not is_fetchable_url(self.url):
            raise ValueError("a webhook's url is an absolute http:// or https:// URL")
        if self.secret is not None and self.secret_file is not None:
            raise ValueError("has both secret and secret_file")
        if self.command and (self.secret or self.secret_file or self.headers or self.proxy is not None):
            raise ValueError("secret, headers and proxy are those of a webhook: a command takes none")
        if not 1 <= self.timeout <= 60:
            raise ValueError("timeout must lie between 1s and 60s")
        if not self.name.isprintable() or self.name != self.name.strip():
            raise ValueError("a name is one line of printable text without spaces around it")
        return self

    @property
    def shown_name(self) -> str:
        """The name, else the host of the webhook or the command's first word: the rest may be secret."""
        return self.name or (urlsplit(self.url).netloc.rpartition("@")[2] if self.url else self.command[0])


class RetentionConfig(_Section):
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


class SourceConfig(_Section):
    """`[[sources]]`: one feed."""

    name: str = Field(min_length=1, max_length=200)
    url: str
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

    @field_validator("interval", "min_interval", "max_interval")
    @classmethod
    def _interval_above_zero(cls, value: float | None) -> float | None:
        if value is not None and value <= 0:
            raise ValueError("must be more than 0s; a source that is not to be polled has enabled = false")
        return value

    @field_validator("name")
    @classmethod
    def _printable_line(cls, value: str) -> str:
        if not value.isprintable() or value != value.strip():
            raise ValueError("a name is one line of printable text without spaces around it")
        return value

    @field_validator("url")
    @classmethod
    def _feed_address(cls, value: str) -> str:
        if not is_fetchable_url(value):
            raise ValueError("a feed's address is an absolute http:// or https:// URL")
        return value

    @model_validator(mode="after")
    def _intervals_in_order(self) -> "SourceConfig":
        given = [value for value in (self.min_interval, self.interval, self.max_interval) if value is not None]
        if given != sorted(given):
            raise ValueError("must hold: min_interval <= interval <= max_interval")
        return self

    @model_validator(mode="after")
    def _one_password(self) -> "SourceConfig":
        if self.password is not None and self.password_file is not None:
            raise ValueError("has both password and password_file")
        return self


class Config(_Section):
    """The whole file; `path` is where it was read."""

    database: DatabaseConfig = DatabaseConfig()
    fetch: FetchConfig = Field(default_factory=lambda: FetchConfig.model_validate({}))
    hosts: dict[HostName, HostConfig] = Field(default_factory=dict)
    schedule: ScheduleConfig = ScheduleConfig()
    urls: UrlConfig = UrlConfig()
    sites: SitesConfig = SitesConfig()
    websub: WebsubConfig = WebsubConfig()
    media: MediaConfig = MediaConfig()
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
