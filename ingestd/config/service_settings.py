"""What a user configures of the services beside polling: backups, hubs, metrics, notifications."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from ingestd.config.section import Section
from ingestd.config.values import (
    Headers,
    HostAndPort,
    ListenAddress,
    PathText,
    Proxy,
    Seconds,
    is_fetchable_url,
    is_private_listener,
)
from ingestd.model.event import EventKind


class BackupConfig(Section):
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


class WebsubConfig(Section):
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


class MetricsConfig(Section):
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


class BackfillConfig(Section):
    """`[backfill]`: the web archive that `ingestd backfill` may read; "" for none."""

    wayback: str = ""

    @field_validator("wayback")
    @classmethod
    def _archive_address(cls, value: str) -> str:
        if value and not is_fetchable_url(value):
            raise ValueError("a web archive's address is an absolute http:// or https:// URL")
        return value.rstrip("/")


class NotifyConfig(Section):
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
