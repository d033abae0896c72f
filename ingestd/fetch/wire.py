"""What goes over the network: one request, its response, and the `Network` that sends it.

`transport.AiohttpNetwork` opens sockets; another one may take its place.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from yarl import URL


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request, which is sent exactly as it stands. `connect_s` and `read_s` bound connecting and each read.

    `proxy` is a URL, and `ca_file` a path, or None. With `posted` it is a POST of these bytes, else a GET.
    """

    url: URL
    headers: Mapping[str, str]
    connect_s: float
    read_s: float
    proxy: str | None = None
    ca_file: str | None = None
    posted: bytes | None = None


class WireResponse(Protocol):
    """A response whose head has arrived."""

    @property
    def status(self) -> int: ...
    @property
    def raw_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """Names and values as they came."""

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the body as they arrive, still compressed."""

    async def close(self) -> None:
        """End the exchange. A connection whose body was not read to its end is closed, others are reused."""


class Network(Protocol):
    """Sends requests. It raises aiohttp's errors."""

    async def send(self, request: WireRequest) -> WireResponse:
        """Send a request, and give the response when its head has arrived."""

    async def close(self) -> None:
        """Close every connection."""
