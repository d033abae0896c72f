"""robots.txt (RFC 9309): what a site lets programs read, kept for a day."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from protego import Protego
from yarl import URL

from ingestd.fetch.guard import shown_url
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError

#: Seconds that a robots.txt is believed, and that a failure to read one is remembered.
KEEP_S = 86_400.0
KEEP_FAILURE_S = 600.0
#: Seconds after which a robots.txt that could never be read counts as none (RFC 9309, 2.3.1.4): 30 days.
UNREACHABLE_S = 30 * 86_400.0
MAX_SITES = 2_000
#: Rules of one file that are read, and of those with wildcards, which every page is compared with.
MAX_LINES = 10_000
MAX_WILDCARDS = 2_000
#: Characters of a file that are parsed at once; a longer one in a thread, because it can take a tenth of a second.
SHORT = 20_000

_AGENT = "User-agent:"

#: Fetches a robots.txt, through a proxy or directly: its text, or None where the site has none. Raises `PollError`.
FetchText = Callable[[URL, str | None], Awaitable[str | None]]

# An origin, and the proxy through which it is seen.
_Site = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    rules: Protego | None = None
    failure: PollError | None = None
    failing_since: float = 0.0


class Robots:
    """Asks each site once a day. `product` is the name in the User-Agent that rules may address."""

    def __init__(self, fetch_text: FetchText, product: str) -> None:
        self._fetch_text = fetch_text
        self._product = product
        self._kept: OrderedDict[_Site, _Kept] = OrderedDict()
        self._asking: dict[_Site, asyncio.Task[_Kept]] = {}

    async def check(self, url: URL, now: float, proxy: str | None = None) -> float | None:
        """Let a page's address pass, and give the crawl delay in seconds that its site asks for.

        `now` is monotonic; `proxy` is the page's own way. Raises `PermanentError` (`ROBOTS_DISALLOWED`) where the site
        says no, and `TemporaryError` where its robots.txt has never been read and cannot be just now: silence is not
        consent (RFC 9309, 2.3.1.4).
        """
        site = (str(url.origin()), proxy)
        kept = self._kept.get(site)
        if kept is None or kept.until < now:
            kept = await self._ask_once(url, now, site)
        if kept.failure is not None:
            raise _again(kept.failure)
        if kept.rules is None:
            return None
        if not kept.rules.can_fetch(str(url), self._product):
            raise PermanentError(Outcome.ROBOTS_DISALLOWED, f"robots.txt does not let us read {shown_url(str(url))}")
        delay = kept.rules.crawl_delay(self._product)
        return float(delay) if delay is not None else None

    async def _ask_once(self, url: URL, now: float, site: _Site) -> _Kept:
        """Ask for all the pages that wait for the same file; one that is cancelled does not end the others."""
        asking = self._asking.get(site)
        if asking is None:
            asking = self._asking[site] = asyncio.create_task(self._ask(url, now, site))
            asking.add_done_callback(lambda _: self._asking.pop(site, None))
        return await asyncio.shield(asking)

    async def close(self) -> None:
        """Stop asking."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, url: URL, now: float, site: _Site) -> _Kept:
        try:
            text = await self._fetch_text(url.origin() / "robots.txt", site[1])
        except PollError as problem:
            kept = after_failure(self._kept.get(site), problem.with_traceback(None), now)
        else:
            kept = _Kept(now + KEEP_S, rules=await self._read(text) if text else None)
        self._kept[site] = kept
        self._kept.move_to_end(site)
        if len(self._kept) > MAX_SITES:
            self._kept.popitem(last=False)
        return kept

    async def _read(self, text: str) -> Protego:
        if len(text) <= SHORT:
            return read_rules(text, self._product)
        return await asyncio.to_thread(read_rules, text, self._product)


def after_failure(last: _Kept | None, problem: PollError, now: float) -> _Kept:
    """What holds for a site whose robots.txt cannot be read just now: the last one that could, however old.

    Where there is none, its pages wait; after `UNREACHABLE_S` of nothing but failures, it counts as a site without one
    (RFC 9309, 2.3.1.4 and 2.4).
    """
    if last is not None and last.failure is None:
        return replace(last, until=now + KEEP_FAILURE_S)
    since = now if last is None else last.failing_since
    if now - since >= UNREACHABLE_S:
        return _Kept(now + KEEP_FAILURE_S)
    return _Kept(now + KEEP_FAILURE_S, failure=problem, failing_since=since)


def read_rules(text: str, product: str) -> Protego:
    """Parse a robots.txt in bounded time.

    The parser copies every rule to every user agent of its group, so a hostile file could cost the product of the two:
    names that are neither ours nor `*` are all written as one.
    """
    lines = [_plainer(line, product.lower()) for line in text.splitlines()[:MAX_LINES]]
    wildcards = [place for place, line in enumerate(lines) if "*" in line and not line.startswith(_AGENT)]
    for place in wildcards[MAX_WILDCARDS:]:
        lines[place] = ""
    return Protego.parse("\n".join(lines))


def _plainer(line: str, product: str) -> str:
    name, colon, value = line.partition(":")
    if not colon or name.strip().lower().replace("-", "").replace(" ", "") != "useragent":
        return line[:2048] if colon else ""
    agent = value.partition("#")[0].strip().lower()
    if agent == "*":
        return f"{_AGENT} *"
    return f"{_AGENT} {product if agent and product.startswith(agent.rstrip('*')) else 'someone-else'}"


def _again(problem: PollError) -> TemporaryError:
    """A fresh error for each page: one raised twice would grow its traceback for ever."""
    reason = f"robots.txt cannot be read, so the page has to wait: {problem.reason}"
    return TemporaryError(problem.outcome, reason, http_status=problem.http_status, retry_after_s=problem.retry_after_s)
