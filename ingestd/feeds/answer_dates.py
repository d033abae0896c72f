"""The zone of dates without one, where in UTC the newest entry would lie after the answer that lists it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ingestd.model.feed import Entry, Feed, Timestamp, ZoneOrigin

#: Clocks of servers differ; an entry that is later than the answer by less than this is not in the future.
_CLOCK_TOLERANCE = timedelta(minutes=10)
#: The zone farthest ahead of UTC, in hours.
_MAX_OFFSET_HOURS = 14


def dated_by_answer(feed: Feed, answered_at: datetime | None) -> Feed:
    """The feed with its dates of assumed zone moved by the whole hours that the newest one lies after the answer.

    `answered_at` is the answer's time (aware), None where it is unknown. A newest entry more than 14 hours ahead says
    nothing about a zone: it is an announcement.
    """
    newest = max((stamp.utc for stamp in _assumed(feed.entries)), default=None)
    if answered_at is None or newest is None or newest <= answered_at + _CLOCK_TOLERANCE:
        return feed
    hours = -(-(newest - answered_at - _CLOCK_TOLERANCE) // timedelta(hours=1))
    if hours > _MAX_OFFSET_HOURS:
        return feed
    shift = timedelta(hours=hours)
    entries = (
        replace(entry, published=_moved(entry.published, shift), updated=_moved(entry.updated, shift))
        for entry in feed.entries
    )
    return replace(feed, entries=tuple(entries))


def _assumed(entries: Iterable[Entry]) -> list[Timestamp]:
    stamps = [stamp for entry in entries for stamp in (entry.published, entry.updated) if stamp]
    return [stamp for stamp in stamps if stamp.zone_origin is ZoneOrigin.ASSUMED]


def _moved(stamp: Timestamp | None, shift: timedelta) -> Timestamp | None:
    if stamp is None or stamp.zone_origin is not ZoneOrigin.ASSUMED:
        return stamp
    return replace(stamp, utc=stamp.utc - shift, zone_origin=ZoneOrigin.HTTP_DATE)
