"""One hop: waits for the host's slot, sends the request, and reads the response in what is left of the time."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
from yarl import URL

from ingestd.fetch.errors import LIBRARY_ERRORS, translate
from ingestd.fetch.host_pace import PaceSignal
from ingestd.fetch.limits import FetchLimits
from ingestd.fetch.politeness import MAX_INLINE_WAIT_S, HostLimiter, HostLimits, host_key
from ingestd.fetch.rate_limits import pace_signal, quota_error
from ingestd.fetch.reachability import Reachability, is_unreachable
from ingestd.fetch.read_body import BodyReader, read_error_page, read_prefix
from ingestd.fetch.redirects import REDIRECT_STATUSES, HopResponse, RequestState
from ingestd.fetch.request_headers import build_headers
from ingestd.fetch.response_status import (
    CHALLENGE_STATUSES,
    Headers,
    decode_headers,
    status_error,
)
from ingestd.fetch.slots import Slot
from ingestd.fetch.transport import Transport
from ingestd.model.errors import Outcome, PollError, TemporaryError

#: Bytes of an error page that are read.
MAX_ERROR_PAGE_BYTES = 16 * 1024
# asyncio.timeout() with a delay of 0 or less would end the request before its first step.
_MIN_TIME_LEFT_S = 0.001


class Exchanger:
    """Sends the hops of all requests. `hosts` paces them; `agent` is the User-Agent; `clock` gives the time in UTC.

    `host_limits` are the settings of single hosts by their key. `request_ended` is called after each request, with how
    it ended and its seconds, waits for politeness not counted.
    """

    def __init__(
        self,
        config: FetchLimits,
        agent: str,
        clock: Callable[[], datetime],
        host_limits: Mapping[str, HostLimits] | None = None,
    ) -> None:
        self.hosts = HostLimiter(
            concurrency=config.concurrency,
            per_host=config.per_host,
            min_delay=config.min_delay,
            hosts=host_limits,
        )
        self.request_ended: Callable[[Outcome, float], None] = lambda _outcome, _seconds: None
        self._timeout_s = config.timeout
        self._agent = agent
        self._clock = clock
        self._reader = BodyReader(config.max_body)
        self._reachability = Reachability()
        self._transport: Transport | None = None

    def open(self, transport: Transport) -> None:
        """Send everything through `transport`, which `close` closes."""
        self._transport = transport

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

    def offline(self) -> bool:
        """Whether this machine's network seems to be down."""
        return self._reachability.offline(asyncio.get_running_loop().time())

    async def exchange(self, state: RequestState) -> HopResponse:
        """Send the next hop of a request, and give its response: a redirect, a 2xx or a 304.

        Raises `PollError` for everything else. Waits for politeness do not count against the request's time.
        """
        # A start is reserved for the address of a feed: its redirects and its robots.txt claim their own.
        url = "" if state.redirects else state.request.url
        async with self.hosts.slot(host_key(state.url), url) as slot:
            started = asyncio.get_running_loop().time()
            outcome = Outcome.INTERRUPTED
            try:
                response = await self._within_time_left(state, slot)
                outcome = Outcome.NOT_MODIFIED if response.status == 304 else Outcome.OK
            except PollError as error:
                outcome = error.outcome
                raise
            finally:
                self.request_ended(outcome, asyncio.get_running_loop().time() - started)
            return response

    async def _within_time_left(self, state: RequestState, slot: Slot) -> HopResponse:
        loop = asyncio.get_running_loop()
        started = loop.time()
        deadline = asyncio.timeout(max(state.time_left_s, _MIN_TIME_LEFT_S))
        try:
            async with deadline:
                response = await self._send(state, slot, deadline)
        except LIBRARY_ERRORS as error:
            if deadline.expired():
                reason = f"not complete within {self._timeout_s:g} s"
                raise TemporaryError(Outcome.TIMEOUT, reason) from error
            raise self._record_failure(state, translate(error), error) from error
        except PollError as error:
            raise self._record_failure(state, error, error.__cause__) from error.__cause__
        state.time_left_s -= loop.time() - started
        return response

    async def _send(self, state: RequestState, slot: Slot, deadline: asyncio.Timeout) -> HopResponse:
        assert self._transport is not None, "the client is used outside `async with`"
        started_at = self.hosts.now()
        async with self._transport.exchange(
            state.url,
            self._headers(state),
            step_s=state.time_left_s,
            proxy=state.proxy,
            ca_file=state.ca_file,
            posted=state.posted,
        ) as raw:
            slot.response_started()
            self._reachability.record_response()
            headers = decode_headers(raw.headers.raw)
            signal = await self._record_pace(state.url, raw.status_code, headers, started_at)
            if raw.status_code in REDIRECT_STATUSES:
                state.cookies.store(state.url, [value for name, value in headers if name == "set-cookie"])
                location = next((value for name, value in raw.headers.raw if name.lower() == b"location"), None)
                return HopResponse(raw.status_code, headers, location=location)
            body = await self._read_body(state, raw, headers, deadline)
            start = body[:MAX_ERROR_PAGE_BYTES] if raw.status_code in CHALLENGE_STATUSES else b""
            error = status_error(raw.status_code, headers, start, self._clock())
            if error is not None:
                raise quota_error(error, signal)
            return HopResponse(raw.status_code, headers, body=body)

    async def _read_body(
        self, state: RequestState, raw: httpx.Response, headers: Headers, deadline: asyncio.Timeout
    ) -> bytes:
        """As much of the body as its status and the request need."""
        if raw.status_code >= 400 and raw.status_code in CHALLENGE_STATUSES:
            return await read_error_page(raw, headers, MAX_ERROR_PAGE_BYTES)
        if raw.status_code >= 400 or raw.status_code == 304:
            return b""
        if state.prefix_bytes:
            return await read_prefix(raw, headers, state.prefix_bytes)
        return await self._reader.read(raw, headers, deadline, state.request.max_body)

    def _headers(self, state: RequestState) -> dict[str, str]:
        headers = build_headers(state.request, self._agent, state.source_headers, state.cookies.header(state.url))
        if state.bypass_caches:
            headers |= {"Cache-Control": "no-cache", "Pragma": "no-cache"}
        return headers

    async def _record_pace(self, url: URL, status: int, headers: Headers, started_at: datetime) -> PaceSignal:
        """Apply what a response says about its host's pace, and give it.

        Raises `TemporaryError` (`RATE_LIMITED`) for a redirect with a Retry-After of more than `MAX_INLINE_WAIT_S`.
        """
        signal = pace_signal(status, headers, self._clock())
        await self.hosts.record(host_key(url), str(url), status, signal, started_at)
        if status in REDIRECT_STATUSES and signal.pause_s > MAX_INLINE_WAIT_S:
            reason = f"the site redirects, but only in {signal.pause_s:.0f} s"
            raise TemporaryError(Outcome.RATE_LIMITED, reason, http_status=status, retry_after_s=signal.pause_s)
        return signal

    def _record_failure(self, state: RequestState, error: PollError, cause: BaseException | None) -> PollError:
        """The error to raise: `OFFLINE`, which counts against no source, where this machine's network is down."""
        if error.outcome is not Outcome.LOCAL_FAULT and is_unreachable(cause):
            now = asyncio.get_running_loop().time()
            self._reachability.record_unreachable(host_key(state.url), now)
            if self._reachability.offline(now):
                return TemporaryError(Outcome.OFFLINE, f"nothing at all can be reached from here: {error.reason}")
        return error
