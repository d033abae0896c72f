"""What a user configures: frozen classes, one a concern, each a table of the file.

Each package is given only the class that concerns it. Durations are in seconds and sizes in bytes; `values` says how
they are written.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, GetPydanticSchema, field_validator, model_validator

from ingestd import __version__
from ingestd.config.section import Section
from ingestd.config.service_settings import BackfillConfig, BackupConfig, MetricsConfig, NotifyConfig, WebsubConfig
from ingestd.config.source_settings import SourceConfig
from ingestd.config.values import (
    Bytes,
    FilterRules,
    HeaderValue,
    HostName,
    MaxAge,
    Networks,
    PathText,
    Proxy,
    Seconds,
    expand_home,
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


#: As the file is read: `parse_config` puts a `SourceTable` in its place.
_IN_A_TUPLE = GetPydanticSchema(lambda _type, schema_of: schema_of(tuple[SourceConfig, ...]))


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
    sources: Annotated[Sequence[SourceConfig], _IN_A_TUPLE] = ()
    path: Path | None = Field(None, exclude=True)

    @property
    def media_folder(self) -> Path | None:
        """Where images are stored; None for a database on a server without a configured folder."""
        if self.media.folder:
            return Path(self.media.folder)
        url = self.database.url
        return Path(url.removeprefix("sqlite:///") + ".media") if url.startswith("sqlite:///") else None
