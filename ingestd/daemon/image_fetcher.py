"""Images of stored posts: fetched once, kept as files beside the database.

row of `media` ─fetch─▶ Response ─look─▶ Image ─▶ file, row

What is to be fetched waits in the table from the moment that its post is stored. The images of one server are fetched
one after the other, and few servers are asked at once, so that feeds and pages always find the way free.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from ingestd.archive.images.files import ImageFiles
from ingestd.archive.images.formats import Image, read_image, why_not
from ingestd.config.logs import log_event
from ingestd.identity.urls import same_site
from ingestd.model.errors import ArchiveError, Outcome, PermanentError, PollError, StoreError
from ingestd.model.http import Request
from ingestd.model.source import Source
from ingestd.poll.article_step import RETRY_DELAYS_S
from ingestd.poll.context import PollContext
from ingestd.store import image_queue

#: Servers whose images are fetched at once.
HOSTS_AT_ONCE = 8
#: Seconds for which an image that was taken is nobody else's: longer than any request takes.
TAKEN_S = 900.0
#: Seconds after which an image is tried again whose failure was not its own: a full disk, a network that is down.
NOT_ITS_FAULT_S = 600.0
#: Will not be otherwise tomorrow.
_FINAL = frozenset({Outcome.ROBOTS_DISALLOWED, Outcome.ADDRESS_REFUSED, Outcome.TOO_LARGE})


@dataclass(frozen=True, slots=True)
class _Failure:
    outcome: Outcome
    reason: str
    retry_after_s: float = 0.0


class ImageFetcher:
    """Fetches what waits in the table `media`, for the sources that have `media = true`."""

    def __init__(self, sources: Iterable[Source], context: PollContext) -> None:
        self.sources = {source.id: source for source in sources if source.media}
        self._context = context
        self._stopping = False
        self._store_failed = False
        self._hosts: dict[str, asyncio.Task[None]] = {}
        self.counts: Counter[str] = Counter()

    @property
    def idle(self) -> bool:
        """Whether there is never anything to do: no source wants its images kept."""
        return not self.sources or self._context.pictures is None

    @property
    def tasks(self) -> set["asyncio.Task[None]"]:
        """What is under way."""
        return set(self._hosts.values())

    def stop(self) -> None:
        """Begin no further image."""
        self._stopping = True

    async def start_due(self) -> None:
        """Begin with the servers whose images are due, as far as there is room."""
        room = HOSTS_AT_ONCE - len(self._hosts)
        if self.idle or self._stopping or room <= 0:
            return
        try:
            hosts = await self._context.database.reading(
                image_queue.due_hosts, self.sources, self._hosts, self._context.clock(), room
            )
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, error=str(error))
            return
        for host in hosts:
            task = asyncio.create_task(self._host(host), name=f"images of {host}")
            self._hosts[host] = task
            task.add_done_callback(partial(self._ended, host))

    def _ended(self, host: str, _task: "asyncio.Task[None]") -> None:
        self._hosts.pop(host, None)

    async def until_done(self, seconds: float) -> None:
        """Fetch everything that is due, for so many seconds at most; what remains goes on waiting."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            await self.start_due()
            while self.tasks and not self._store_failed and (left := end - loop.time()) > 0:
                await asyncio.wait(self.tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                await self.start_due()
        finally:
            self.stop()
            late = self.tasks
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _host(self, host: str) -> None:
        """The images of one server, one after the other."""
        database, clock = self._context.database, self._context.clock
        try:
            while not self._stopping:
                now = clock()
                until = now + timedelta(seconds=TAKEN_S)
                wish = await database.writing(image_queue.take_image, self.sources, host, now, until)
                if wish is None:
                    return
                await self._fetch(wish)
        except StoreError as error:
            self._store_failed = True
            log_event("store-failed", level=logging.ERROR, error=str(error))

    async def _fetch(self, wish: image_queue.QueuedImage) -> None:
        source = self.sources[wish.source_id]
        try:
            image, digest, size = await self._get(wish, source)
        except PollError as error:
            await self._note(wish, source, _Failure(error.outcome, error.reason, error.retry_after_s or 0.0))
        except ArchiveError as error:
            await self._note(wish, source, _Failure(Outcome.STORE_FAILED, str(error)))
        except asyncio.CancelledError:
            await self._context.database.writing(image_queue.release_image, wish.id, self._context.clock())
            raise
        except Exception as error:
            logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
            await self._note(wish, source, _Failure(Outcome.INTERNAL_ERROR, f"{type(error).__name__}: {error}"))
        else:
            self.counts["stored"] += 1
            await self._context.database.writing(
                image_queue.record_stored, wish.id, image, digest, size, self._context.clock()
            )
            log_event(
                "image", level=logging.DEBUG, source=source.name, url=wish.url, outcome=str(Outcome.OK), bytes=size
            )

    async def _get(self, wish: image_queue.QueuedImage, source: Source) -> tuple[Image, str, int]:
        """The image, the hash of its file, its size. The file is there when this returns."""
        pictures: ImageFiles | None = self._context.pictures
        assert pictures is not None
        response = await self._context.client.get(_request(wish, source, self._context.max_image))
        image = read_image(response.body)
        if image is None:
            raise PermanentError(Outcome.NOT_AN_IMAGE, why_not(response.body))
        digest = await asyncio.to_thread(pictures.put, response.body, image.type)
        return image, digest, len(response.body)

    async def _note(self, wish: image_queue.QueuedImage, source: Source, failure: _Failure) -> None:
        self.counts["failed"] += 1
        ours = failure.outcome in (Outcome.OFFLINE, Outcome.STORE_FAILED)
        wait = _wait(wish.attempts, failure)
        at = None if wait is None else self._context.clock() + timedelta(seconds=wait)
        await self._context.database.writing(
            image_queue.record_failure, wish.id, failure.outcome, failure.reason, at, counts=not ours
        )
        log_event(
            "image",
            level=logging.ERROR if failure.outcome is Outcome.STORE_FAILED else logging.WARNING,
            source=source.name,
            url=wish.url,
            outcome=str(failure.outcome),
            error=failure.reason,
        )


def _request(wish: image_queue.QueuedImage, source: Source, max_image: int) -> Request:
    # What a user configured for the feed's own site (a cookie, a key) is not shown to others.
    own = source.headers if same_site(source.url, wish.url) else ()
    if wish.shown_on and not any(name.lower() == "referer" for name, _ in own):
        own = (*own, *_referer(wish.shown_on, wish.url))
    return Request(url=wish.url, accept="image", headers=own, proxy=source.proxy, max_body=max_image)


def _referer(page: str, image: str) -> tuple[tuple[str, str], ...]:
    """What a browser tells about the page that shows an image: its site, and nothing where that would leave TLS.

    Many image servers answer nobody else. W3C Referrer Policy, strict-origin.
    """
    parts = urlsplit(page)
    if parts.scheme == "https" and not image.startswith("https:"):
        return ()
    return (("Referer", f"{parts.scheme}://{parts.netloc}/"),)


def _wait(attempts: int, failure: _Failure) -> float | None:
    """Seconds until the next attempt after one that failed, with `attempts` failures before; None for never."""
    if failure.outcome in (Outcome.OFFLINE, Outcome.STORE_FAILED):
        return NOT_ITS_FAULT_S
    if failure.outcome in _FINAL or attempts >= len(RETRY_DELAYS_S):
        return None
    return max(RETRY_DELAYS_S[attempts], failure.retry_after_s)


async def fetch_images(sources: Iterable[Source], context: PollContext, *, seconds: float) -> dict[str, int] | None:
    """Fetch what waits for these sources, for so many seconds at most; None where none of them wants images.

    What was stored, what failed, and what is still waiting come back.
    """
    collector = ImageFetcher(sources, context)
    if collector.idle:
        return None
    await collector.until_done(seconds)
    waiting = await context.database.reading(image_queue.count_waiting, collector.sources)
    return {"stored": collector.counts["stored"], "failed": collector.counts["failed"], "waiting": waiting}
