"""robots.txt (RFC 9309): which pages a site lets crawlers fetch, cached for a day."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from protego import Protego
from yarl import URL

from ingestd.identity.urls import shown_url
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError

#: Seconds for which a robots.txt is cached (RFC 9309, section 2.4), and for which a failure to fetch one is.
RULES_TTL_S = 86_400.0
FAILURE_TTL_S = 600.0
#: Seconds after which a robots.txt that could never be read counts as absent (RFC 9309, section 2.3.1.4): 30 days.
MAX_UNREACHABLE_S = 30 * 86_400.0
#: Sites that are cached.
MAX_SITES = 2_000
#: Lines of one file that are read, and rules with wildcards, each of which is matched against every page.
MAX_LINES = 10_000
MAX_WILDCARD_RULES = 2_000
#: Characters of one line that are read.
MAX_LINE_CHARS = 2048
#: Characters of a file that is parsed in the event loop; a longer one is parsed in a thread, because it can take 0.1 s.
MAX_INLINE_PARSE_CHARS = 20_000

_USER_AGENT = "User-agent:"

#: Fetches a robots.txt, through a proxy or directly, with a file of further authorities or without: its text, or None
#: where the site has none. Raises `PollError`.
FetchText = Callable[[URL, str | None, str | None], Awaitable[str | None]]

# An origin, the proxy through which it is fetched, and the file of authorities.
_Site = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class _CachedRules:
    """One site's rules (None: everything is allowed) or failure, until a time in monotonic seconds."""

    until: float
    rules: Protego | None = None
    failure: PollError | None = None
    failing_since: float = 0.0


class RobotsCache:
    """Fetches each site's robots.txt once a day. `product` is the token of the User-Agent that rules may address."""

    def __init__(self, fetch_text: FetchText, product: str) -> None:
        self._fetch_text = fetch_text
        self._product = product
        self._cached: OrderedDict[_Site, _CachedRules] = OrderedDict()
        self._pending: dict[_Site, asyncio.Task[_CachedRules]] = {}

    async def check(self, url: URL, now: float, proxy: str | None = None, ca_file: str | None = None) -> float | None:
        """Check that a page may be fetched; gives the Crawl-delay of its site in seconds, None where it has none.

        `now` is in monotonic seconds; `proxy` and `ca_file` are those of the page's request. Raises `PermanentError`
        (`ROBOTS_DISALLOWED`) where a rule forbids the page, and `TemporaryError` where the robots.txt has never been
        read and cannot be read at present: that means complete disallow (RFC 9309, section 2.3.1.4).
        """
        site = (str(url.origin()), proxy, ca_file)
        cached = self._cached.get(site)
        if cached is None or cached.until < now:
            cached = await self._fetch_once(url, now, site)
        if cached.failure is not None:
            raise _page_error(cached.failure)
        if cached.rules is None:
            return None
        if not cached.rules.can_fetch(str(url), self._product):
            raise PermanentError(Outcome.ROBOTS_DISALLOWED, f"robots.txt does not let us read {shown_url(str(url))}")
        delay = cached.rules.crawl_delay(self._product)
        return float(delay) if delay is not None else None

    async def close(self) -> None:
        """Cancel the fetches in progress."""
        tasks = list(self._pending.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch_once(self, url: URL, now: float, site: _Site) -> _CachedRules:
        """One fetch for all pages that wait for the same file; cancelling one of them does not end it."""
        pending = self._pending.get(site)
        if pending is None:
            pending = self._pending[site] = asyncio.create_task(self._fetch(url, now, site))
            pending.add_done_callback(lambda _: self._pending.pop(site, None))
        return await asyncio.shield(pending)

    async def _fetch(self, url: URL, now: float, site: _Site) -> _CachedRules:
        try:
            text = await self._fetch_text(url.origin() / "robots.txt", site[1], site[2])
        except PollError as error:
            cached = after_failure(self._cached.get(site), error.with_traceback(None), now)
        else:
            cached = _CachedRules(now + RULES_TTL_S, rules=await self._parse(text) if text else None)
        self._cached[site] = cached
        self._cached.move_to_end(site)
        if len(self._cached) > MAX_SITES:
            self._cached.popitem(last=False)
        return cached

    async def _parse(self, text: str) -> Protego:
        if len(text) <= MAX_INLINE_PARSE_CHARS:
            return parse_rules(text, self._product)
        return await asyncio.to_thread(parse_rules, text, self._product)


def after_failure(last: _CachedRules | None, error: PollError, now: float) -> _CachedRules:
    """What to cache for a site whose robots.txt cannot be read: the last rules that could be, however old.

    Where there are none, its pages wait; after `MAX_UNREACHABLE_S` of failures alone, the site counts as one without a
    robots.txt (RFC 9309, sections 2.3.1.4 and 2.4).
    """
    if last is not None and last.failure is None:
        return replace(last, until=now + FAILURE_TTL_S)
    since = now if last is None else last.failing_since
    if now - since >= MAX_UNREACHABLE_S:
        return _CachedRules(now + FAILURE_TTL_S)
    return _CachedRules(now + FAILURE_TTL_S, failure=error, failing_since=since)


def parse_rules(text: str, product: str) -> Protego:
    """Parse a robots.txt in bounded time.

    Protego copies every rule to every user agent of its group, so a hostile file could cost the product of the two.
    All user agents other than `product` and `*` are therefore replaced by a single name.
    """
    lines = [_normalise_line(line, product.lower()) for line in text.splitlines()[:MAX_LINES]]
    wildcards = [index for index, line in enumerate(lines) if "*" in line and not line.startswith(_USER_AGENT)]
    for index in wildcards[MAX_WILDCARD_RULES:]:
        lines[index] = ""
    return Protego.parse("\n".join(lines))


def _normalise_line(line: str, product: str) -> str:
    name, colon, value = line.partition(":")
    if not colon or name.strip().lower().replace("-", "").replace(" ", "") != "useragent":
        return line[:MAX_LINE_CHARS] if colon else ""
    agent = value.partition("#")[0].strip().lower()
    if agent == "*":
        return f"{_USER_AGENT} *"
    return f"{_USER_AGENT} {product if agent and product.startswith(agent.rstrip('*')) else 'someone-else'}"


def _page_error(error: PollError) -> TemporaryError:
    """A new error for each page: raising the cached one again and again would grow its traceback without bound."""
    reason = f"robots.txt cannot be read, so the page has to wait: {error.reason}"
    return TemporaryError(error.outcome, reason, http_status=error.http_status, retry_after_s=error.retry_after_s)
