"""A `Network` of ingestd's client that httpx's transports stand behind: tests answer httpx's requests."""

from collections.abc import AsyncGenerator, Sequence

import httpx

from ingestd.fetch.wire import WireRequest, WireResponse


class HttpxNetwork:
    """Sends requests through a transport of httpx; its exact URL is the extension `url` of a request."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, request: WireRequest) -> WireResponse:
        """Send a request; raises what the transport does."""
        made = httpx.Request(
            "GET" if request.posted is None else "POST",
            str(request.url),
            headers=dict(request.headers),
            stream=httpx.ByteStream(request.posted or b""),
            extensions={"url": request.url, "proxy": request.proxy, "ca_file": request.ca_file},
        )
        return _Response(await self._transport.handle_async_request(made))

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


class _Response:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.raw_headers: Sequence[tuple[bytes, bytes]] = response.headers.raw

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        async for chunk in self._response.aiter_raw():
            yield chunk

    async def close(self) -> None:
        await self._response.aclose()
