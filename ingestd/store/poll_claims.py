"""Claims of polls: the lease of each source, and the start of its first request in the pace of its host."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, or_, select

from ingestd.model.host_pace import HostPace
from ingestd.store.hosts import host_paces, write_paces
from ingestd.store.leases import acquire_leases, latest_expiry
from ingestd.store.models import sources
from ingestd.text.times import utc_text


@dataclass(frozen=True, slots=True)
class WantedPoll:
    """A source that is to be polled: its host, the least distance between two requests to it, and how long to wait."""

    source_id: int
    host: str
    min_spacing_s: float
    max_wait_s: float


@dataclass(frozen=True, slots=True)
class LeasedPolls:
    """What `lease_polls` has done.

    `starts`: the leased sources, each with the start that was claimed for its first request, None where its host is not
    paced; `numbers`: those of their leases. `elsewhere`: sources that another process polls. `paces`: the paces of the
    hosts that have one.
    """

    starts: Mapping[int, datetime | None]
    numbers: Mapping[int, int]
    elsewhere: frozenset[int]
    paces: Mapping[str, HostPace]


def lease_polls(
    connection: Connection,
    wanted: Sequence[WantedPoll],
    holder: str,
    clock: Callable[[], datetime],
    seconds: float,
    only_due: bool = False,
) -> LeasedPolls:
    """Lease the sources whose host may be asked soon enough, and claim a start for each; the others are left alone.

    `clock` is read within the transaction, which may have waited for another process's. With `only_due` a source is
    left alone that another process has polled since it was found to be due.
    """
    now = clock()
    if only_due:
        wanted = _still_due(connection, wanted, now)
    paces = host_paces(connection, {poll.host for poll in wanted})
    startable = [poll for poll, _ in _claims(wanted, dict(paces), now)]
    leased = acquire_leases(connection, [poll.source_id for poll in startable], holder, now, seconds)
    claimed = dict(paces)
    ours = [poll for poll in startable if poll.source_id in leased]
    starts = {poll.source_id: start for poll, start in _claims(ours, claimed, now)}
    write_paces(connection, {host: pace for host, pace in claimed.items() if pace != paces.get(host)})
    elsewhere = frozenset(poll.source_id for poll in startable) - leased.keys()
    return LeasedPolls(starts, leased, elsewhere, claimed)


_STILL_DUE = select(sources.c.id).where(
    sources.c.id.in_(bindparam("ids", expanding=True)),
    or_(
        sources.c.next_poll_at.is_(None),
        sources.c.next_poll_at <= bindparam("now"),
        sources.c.last_polled_at > bindparam("later"),
    ),
)


def _still_due(connection: Connection, wanted: Sequence[WantedPoll], now: datetime) -> list[WantedPoll]:
    values = {"ids": [poll.source_id for poll in wanted], "now": utc_text(now), "later": latest_expiry(now)}
    due = set(connection.execute(_STILL_DUE, values).scalars())
    return [poll for poll in wanted if poll.source_id in due]


def _claims(
    wanted: Iterable[WantedPoll], paces: dict[str, HostPace], now: datetime
) -> list[tuple[WantedPoll, datetime | None]]:
    """The polls that may start soon enough, each with its start, None where its host is not paced; updates `paces`."""
    found: list[tuple[WantedPoll, datetime | None]] = []
    for poll in wanted:
        pace = paces.get(poll.host, HostPace())
        start, claimed = pace.claim(now, poll.min_spacing_s)
        if start > now + timedelta(seconds=poll.max_wait_s):
            continue
        is_paced = start > now or claimed.next_at != start
        if is_paced:
            paces[poll.host] = claimed
        found.append((poll, start if is_paced else None))
    return found
