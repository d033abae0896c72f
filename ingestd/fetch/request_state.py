"""The state of one request on its way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yarl import URL

from ingestd.fetch import response_status
from ingestd.fetch.redirects import ChainCookies
from ingestd.model.http import Redirect, Request


@dataclass(slots=True)
class Chain:
    """One request on its way through redirects: what it has left, has collected and has seen.

    `budget` are the seconds left for all hops together, `own_headers` what the source adds, for as long as the chain
    stays with its host, `only_start` the bytes of the body that are wanted (0: all), `form` makes it a POST, and
    `past_caches` asks the caches on the way to ask the site.
    """

    request: Request
    url: URL
    own_headers: Mapping[str, str]
    proxy: str | None
    budget: float
    only_start: int = 0
    form: bytes | None = None
    past_caches: bool = False
    redirects: list[Redirect] = field(default_factory=list)
    cookies: ChainCookies = field(default_factory=ChainCookies)
    seen: set[tuple[str, str | None]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop's answer; `body` is empty where it was not read."""

    status: int
    headers: response_status.Headers
    location: bytes | None = None
    body: bytes = b""
