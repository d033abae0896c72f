"""One HTTP request and its response."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Request:
    """One GET to be made. `accept` is "feed", "page", "image" or "any"; validators go back as the site gave them.

    `max_body` are the bytes that its body may have where that is not the client's own bound.
    """

    url: str
    accept: str = "any"
    etag: str | None = None
    last_modified: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    max_body: int | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop: the answer `status` at `url` pointed to `location` (absolute)."""

    status: int
    url: str
    location: str


@dataclass(frozen=True, slots=True)
class Response:
    """A resource as it was answered; `body` is decompressed and within the configured bound.

    `headers` holds (lower-case name, value) in the order received. `status` 304 has an empty body.
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
