"""One HTTP request and its response."""

from dataclasses import dataclass
from datetime import datetime

from ingestd.model.pickling import pickled_by_fields


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Request:
    """A GET request. `accept` is "feed", "history", "page", "image" or "any".

    `etag` and `last_modified` make it conditional. `proxy` is "" for none, None for the client's own. `ca_file` names
    certificates (PEM) that are trusted beside those of the usual authorities. `max_body` bounds the response body, in
    bytes; None for the client's own bound.
    """

    url: str
    accept: str = "any"
    etag: str | None = None
    last_modified: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    ca_file: str | None = None
    max_body: int | None = None


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirect: the response to `url` had `status` and the (absolute) `location`."""

    status: int
    url: str
    location: str


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Response:
    """A response after redirects; `body` is decompressed and within the configured bound.

    `headers` are (lower-case name, value) in the order received. The body of a 304 is empty.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    redirects: tuple[Redirect, ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)
