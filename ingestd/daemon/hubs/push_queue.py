"""Pushes that were received and are not stored yet: a bounded queue, in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from ingestd.daemon.service import log_store_failure
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, StoreError
from ingestd.model.http import Response
from ingestd.model.poll import Poll
from ingestd.model.source import Source

#: Pushes that are queued, and their bytes; further ones are answered 503, and the hub sends them again.
MAX_QUEUED_PUSHES = 64
MAX_QUEUED_PUSH_BYTES = 16_000_000

#: Polls a source with a pushed body in place of its own response.
PollPushed = Callable[[Source, Response], Awaitable[Poll]]


class PushQueue:
    """Hands each push to a poll of its source. `delivered` is told the id of the source, and whether it was read."""

    def __init__(self, delivered: Callable[[int, bool], Awaitable[None]], *, clock: Callable[[], datetime]) -> None:
        self._delivered = delivered
        self._clock = clock
        self._poll_pushed: PollPushed | None = None
        self._queued_bytes: list[int] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def deliver_to(self, poll_pushed: PollPushed) -> None:
        """Set what polls a source with a push; before the first one."""
        self._poll_pushed = poll_pushed

    def add(self, source: Source, body: bytes, content_type: str | None) -> bool:
        """Queue a push; False where the queue is full, or the daemon stops."""
        is_full = (
            len(self._queued_bytes) >= MAX_QUEUED_PUSHES or sum(self._queued_bytes) + len(body) > MAX_QUEUED_PUSH_BYTES
        )
        if is_full or self._stopping:
            return False
        response = Response(
            url=source.url,
            final_url=source.url,
            status=200,
            headers=(("content-type", content_type),) if content_type else (),
            body=body,
            fetched_at=self._clock(),
        )
        self._queued_bytes.append(len(body))
        task = asyncio.create_task(self._deliver(source, response), name=f"push {source.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._queued_bytes.remove(len(body)))
        return True

    async def stop(self, grace_s: float) -> None:
        """Queue no more; cancel those that are not read after `grace_s` seconds."""
        self._stopping = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_s)
            for task in late:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, source: Source, response: Response) -> None:
        assert self._poll_pushed is not None, "deliver_to is called before start"
        is_read = False
        try:
            is_read = (await self._poll_pushed(source, response)).outcome in SUCCESSFUL_OUTCOMES
        except StoreError as error:
            log_store_failure(error, source=source.name)
        finally:
            await self._delivered(source.id, is_read)
