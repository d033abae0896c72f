"""What a user configures for one source: a table `[[sources]]` of the file."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ingestd.config.section import Section
from ingestd.config.values import (
    Age,
    FilterRules,
    Headers,
    MaxAge,
    MirrorUrl,
    PathText,
    Proxy,
    Seconds,
    TimeZoneName,
    command_address,
    is_command_address,
    is_fetchable_url,
    is_file_url,
)


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
