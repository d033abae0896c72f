"""Images of stored posts: fetched once, kept as files beside the database.

row of `media` ─fetch─▶ Response ─read_image─▶ Image ─▶ file, row

An image is queued in the table when its post is stored. The images of one host are fetched one after the other, and of
few hosts at once, which leaves slots for feeds and pages.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from ingestd.archive.images.files import ImageFiles
from ingestd.archive.images.formats import Image, read_image, refusal_reason
from ingestd.config.logs import log_event
from ingestd.daemon.service import finish, log_store_failure
from ingestd.identity.urls import same_site
from ingestd.model.errors import (
    LOCAL_OUTCOMES,
    ArchiveError,
    LeaseLostError,
    Outcome,
    PermanentError,
    PollError,
    StoreError,
)
from ingestd.model.http import Request
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.page_posts import RETRY_DELAYS_S
from ingestd.store import image_queue

#: Hosts whose images are fetched concurrently.
MAX_CONCURRENT_HOSTS = 8
#: Seconds for which a queued image is reserved for the process that fetches it: longer than any request takes.
RESERVED_S = 900.0
#: Seconds after which an image is tried again whose failure had another cause: a full disk, a network that is down.
LOCAL_FAILURE_RETRY_S = 600.0
#: Failures that another attempt would repeat.
_FINAL_OUTCOMES = frozenset({Outcome.ROBOTS_DISALLOWED, Outcome.ADDRESS_REFUSED, Outcome.TOO_LARGE})
#: Failures of this machine, not of the image.
_LOCAL_OUTCOMES = LOCAL_OUTCOMES | {Outcome.STORE_FAILED}


@dataclass(frozen=True, slots=True)
class _Failure:
    outcome: Outcome
    reason: str
    retry_after_s: float = 0.0


class ImageFetcher:
    """Fetches the queued images of sources with `media = true`; a service of the daemon, and used by `fetch`."""

    interval_s = 2.0

    def __init__(self, sources: Iterable[Source], context: PollContext) -> None:
        self.sources = {source.id: source for source in sources if source.media}
        self._context = context
        self._stopping = False
        self._store_failed = False
        self._hosts: dict[str, asyncio.Task[None]] = {}
        self.counts: Counter[str] = Counter()

    @property
    def enabled(self) -> bool:
        """Whether any source keeps images."""
        return bool(self.sources) and self._context.image_files is not None

    @property
    def in_flight(self) -> int:
        """0: an image that is interrupted is queued as before, without a counted attempt."""
        return 0

    async def start(self) -> None:
        """Nothing to begin."""

    async def tick(self) -> None:
        """Start with the hosts whose images are due, as far as there are slots. Raises StoreError."""
        free = MAX_CONCURRENT_HOSTS - len(self._hosts)
        if not self.enabled or self._stopping or free <= 0:
            return
        now = self._context.clock()
        due = await self._context.database.reading(
            image_queue.hosts_with_due_images, self.sources, self._hosts, now, free
        )
        for host in due:
            task = asyncio.create_task(self._fetch_host(host), name=f"images of {host}")
            self._hosts[host] = task
            task.add_done_callback(partial(self._ended, host))

    async def stop(self, grace_s: float) -> None:
        """Begin no further image; wait for those in flight for `grace_s` seconds."""
        self._stopping = True
        await finish(set(self._hosts.values()), grace_s)

    def _ended(self, host: str, _task: "asyncio.Task[None]") -> None:
        self._hosts.pop(host, None)

    async def fetch_due(self, seconds: float) -> None:
        """Fetch everything that is due, for so many seconds at most; the rest stays queued."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            await self._tick_logged()
            while self._hosts and not self._store_failed and (left := end - loop.time()) > 0:
                await asyncio.wait(set(self._hosts.values()), timeout=left, return_when=asyncio.FIRST_COMPLETED)
                await self._tick_logged()
        finally:
            await self.stop(0.0)

    async def _tick_logged(self) -> None:
        try:
            await self.tick()
        except StoreError as error:
            log_store_failure(error)

    async def _fetch_host(self, host: str) -> None:
        """Fetch the images of one host, one after the other."""
        database, clock = self._context.database, self._context.clock
        try:
            while not self._stopping:
                now = clock()
                until = now + timedelta(seconds=RESERVED_S)
                queued = await database.writing(image_queue.take_image, self.sources, host, now, until)
                if queued is None:
                    return
                try:
                    await self._fetch(queued)
                except LeaseLostError as error:
                    log_store_failure(error, source=self.sources[queued.source_id].name, url=queued.url)
        except StoreError as error:
            self._store_failed = True
            log_store_failure(error)

    async def _fetch(self, queued: image_queue.QueuedImage) -> None:
        source = self.sources[queued.source_id]
        try:
            image, digest, size = await self._get(queued, source)
        except PollError as error:
            await self._record_failure(
                queued, source, _Failure(error.outcome, error.reason, error.retry_after_s or 0.0)
            )
        except ArchiveError as error:
            await self._record_failure(queued, source, _Failure(Outcome.STORE_FAILED, str(error)))
        except asyncio.CancelledError:
            await self._write(queued, image_queue.release_image, self._context.clock())
            raise
        except Exception as error:
            logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
            await self._record_failure(
                queued, source, _Failure(Outcome.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
            )
        else:
            self.counts["stored"] += 1
            await self._write(queued, image_queue.record_stored, image, digest, size, self._context.clock())
            log_event(
                "image", level=logging.DEBUG, source=source.name, url=queued.url, outcome=str(Outcome.OK), bytes=size
            )

    async def _write(self, queued: image_queue.QueuedImage, function: Callable[..., None], *args: object) -> None:
        await self._context.database.writing(image_queue.under_claim, queued, function, *args)

    async def _get(self, queued: image_queue.QueuedImage, source: Source) -> tuple[Image, str, int]:
        """The image, the hash of its file and its size in bytes. The file exists when this returns."""
        image_files: ImageFiles | None = self._context.image_files
        assert image_files is not None
        response = await self._context.client.get(_request(queued, source, self._context.max_image_bytes))
        image = read_image(response.body)
        if image is None:
            raise PermanentError(Outcome.NOT_AN_IMAGE, refusal_reason(response.body))
        digest = await asyncio.to_thread(image_files.put, response.body, image.type)
        return image, digest, len(response.body)

    async def _record_failure(self, queued: image_queue.QueuedImage, source: Source, failure: _Failure) -> None:
        self.counts["failed"] += 1
        local = failure.outcome in _LOCAL_OUTCOMES
        wait_s = _retry_wait_s(queued.attempts, failure)
        at = None if wait_s is None else self._context.clock() + timedelta(seconds=wait_s)
        await self._write(queued, image_queue.record_failure, failure.outcome, failure.reason, at, not local)
        log_event(
            "image",
            level=logging.ERROR if failure.outcome is Outcome.STORE_FAILED else logging.WARNING,
            source=source.name,
            url=queued.url,
            outcome=str(failure.outcome),
            error=failure.reason,
        )


def _request(queued: image_queue.QueuedImage, source: Source, max_image_bytes: int) -> Request:
    # The configured headers of a source (a cookie, a key) are sent to its own site only.
    own = source.headers if same_site(source.url, queued.url) else ()
    if queued.shown_on and not any(name.lower() == "referer" for name, _ in own):
        own = (*own, *_referer(queued.shown_on, queued.url))
    return Request(
        url=queued.url,
        accept="image",
        headers=own,
        proxy=source.proxy,
        ca_file=source.ca_file,
        max_body=max_image_bytes,
    )


def _referer(page: str, image: str) -> tuple[tuple[str, str], ...]:
    """The Referer header for an image: the origin of the page that shows it, none from https to http.

    Many image servers refuse requests without one. W3C Referrer Policy, `strict-origin`.
    """
    parts = urlsplit(page)
    if parts.scheme == "https" and not image.startswith("https:"):
        return ()
    return (("Referer", f"{parts.scheme}://{parts.netloc}/"),)


def _retry_wait_s(attempts: int, failure: _Failure) -> float | None:
    """Seconds until the next attempt, after `attempts` earlier failures and this one; None for no further attempt."""
    if failure.outcome in _LOCAL_OUTCOMES:
        return LOCAL_FAILURE_RETRY_S
    if failure.outcome in _FINAL_OUTCOMES or attempts >= len(RETRY_DELAYS_S):
        return None
    return max(RETRY_DELAYS_S[attempts], failure.retry_after_s)


async def fetch_images(sources: Iterable[Source], context: PollContext, *, seconds: float) -> dict[str, int] | None:
    """Fetch the queued images of these sources, for so many seconds at most.

    Returns the counts `stored`, `failed` and still `waiting`; None where no source keeps images.
    """
    fetcher = ImageFetcher(sources, context)
    if not fetcher.enabled:
        return None
    await fetcher.fetch_due(seconds)
    waiting = await context.database.reading(image_queue.count_waiting, fetcher.sources)
    return {"stored": fetcher.counts["stored"], "failed": fetcher.counts["failed"], "waiting": waiting}
