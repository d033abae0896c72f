"""What `ingestd backfill` prints while it works: what a site offers, and how far it is."""

import time
from collections.abc import Callable
from typing import Any

from ingestd.cli.output import print_note, print_text, progress_bar
from ingestd.config.logs import log_event
from ingestd.identity.urls import redact
from ingestd.model.history import Backfill
from ingestd.model.source import Source
from ingestd.poll.backfill.probe import Offer, Offers

#: Seconds between two lines of the log.
LOG_INTERVAL_S = 30.0
#: Articles after which the time that is left can be told.
MIN_TIMED_ARTICLES = 20


def print_offers(source: Source, offers: Offers) -> None:
    """Print what a site offers, the means that will be used first."""
    for offer in offers.offers:
        print_text(f"{source.name}: {describe(offer)}")
    if offers.complete:
        print_text(f"{source.name}: its feed says that it has every article")
    for refused in offers.refused:
        print_note(f"{source.name}: not offered: {refused}")


def describe(offer: Offer) -> str:
    """A means that a site offers, in words."""
    if offer.total is not None:
        pages = f" in {_count(offer.pages, 'page')}" if offer.pages else ""
        size = f"{_count(offer.total, 'article')}{pages}"
    elif offer.entries:
        size = f"{_count(offer.entries, 'article')} on its first page"
    else:
        size = f"it names {_count(offer.further, 'file')}"
    return f"{offer.label} ({offer.means}): {size}, {redact(offer.url)}"


class BackfillLines:
    """How far the backfill of one source is: a bar on a terminal, and lines of the log.

    The bar counts the entries that pages list, of those that the site says it has.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._started_s = self._logged_s = now_s()
        self._first: Backfill | None = None
        self._last: Backfill | None = None
        self._waiting = 0
        self._shown = 0
        self._advance: Callable[[], None] = lambda: None
        self._end: Callable[[], None] = lambda: None

    def progress(self, source: Source, backfill: Backfill, waiting: int) -> None:
        """After a page, whose `waiting` new articles are fetched now; or after some of them, a negative number."""
        if self._last is None or self._last.means != backfill.means:
            self.end()
            self._first, self._shown = backfill, 0
            self._advance, self._end = progress_bar(backfill.total, source.name, remark=self.text)
        self._last = backfill
        self._waiting = max(0, self._waiting + waiting)
        for _ in range(backfill.found - self._waiting - self._shown):
            self._advance()
            self._shown += 1
        now_s = self._now_s()
        if now_s - self._logged_s >= LOG_INTERVAL_S:
            self._logged_s = now_s
            log_event("backfill", source=source.name, **_log_fields(backfill))

    def remark(self, source: Source, text: str) -> None:
        """What it waits for."""
        print_note(f"{source.name}: {text}")

    def end(self) -> None:
        """Remove the bar."""
        self._end()
        self._advance = self._end = lambda: None

    def text(self) -> str:
        """Pages, new articles, the date that is reached, and the time that is left where that can be told."""
        if self._last is None:
            return ""
        reached = f", back to {self._last.reached_at:%Y-%m-%d}" if self._last.reached_at else ""
        left_s = self._left_s()
        left = f", {_duration(left_s)} left" if left_s is not None else ""
        return f"{_count(self._last.pages, 'page')}, {self._last.new:,} new{reached}{left}"

    def _left_s(self) -> float | None:
        if self._first is None or self._last is None or self._last.total is None:
            return None
        # The first page was read when it was first reported.
        done = self._shown - (self._first.found if self._first.pages > 1 else 0)
        if done < MIN_TIMED_ARTICLES:
            return None
        return (self._now_s() - self._started_s) / done * max(0, self._last.total - self._shown)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _log_fields(backfill: Backfill) -> dict[str, Any]:
    fields = {"means": backfill.means, "pages": backfill.pages, "found": backfill.found, "new": backfill.new}
    return fields | {"reached": str(backfill.reached_at.date()) if backfill.reached_at else None}


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{max(1, minutes)} min"
