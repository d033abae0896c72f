"""The pace of one host, as it is stored: when it may be asked next, and what its responses have taught."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: The longest that a host may be left alone, in seconds: a later time was written under a wrong clock.
MAX_HOST_WAIT_S = 86_400.0
#: The same for a start that is still to be claimed: the longest spacing is an hour.
MAX_CLAIM_AHEAD_S = 7_200.0


@dataclass(frozen=True, slots=True)
class HostPace:
    """What is known of a host's pace; times are UTC.

    `next_at` is the earliest start that no request has claimed, `paused_until` the end of a pause that the host has
    asked for (Retry-After). `spacing_s` is learnt, 0 where nothing was refused; `accepted_spacing_s` is the last one at
    which requests were accepted, `refused_spacing_s` the last that was refused after an accepted request,
    0 for none. `accepted` counts the accepted requests since the last refusal. `reason` says in words what set the
    pace.
    """

    next_at: datetime | None = None
    paused_until: datetime | None = None
    spacing_s: float = 0.0
    accepted_spacing_s: float = 0.0
    refused_spacing_s: float = 0.0
    accepted: int = 0
    refused_at: datetime | None = None
    reason: str | None = None

    def may_start_at(self, now: datetime) -> datetime:
        """The earliest start of a request that is not claimed yet."""
        bounds = ((self.next_at, MAX_CLAIM_AHEAD_S), (self.paused_until, MAX_HOST_WAIT_S))
        return max([now, *(at for at, wait_s in bounds if at is not None and at <= now + timedelta(seconds=wait_s))])

    def pause_left_s(self, now: datetime) -> float:
        """Seconds until the end of the pause that the host has asked for; 0 without one."""
        left = (self.paused_until - now).total_seconds() if self.paused_until else 0.0
        return left if 0 < left <= MAX_HOST_WAIT_S else 0.0

    def claim(self, now: datetime, min_spacing_s: float) -> tuple[datetime, "HostPace"]:
        """The start of the next request, and the pace once it is claimed.

        A pause that is over goes with it: were the clock set back, it would count again.
        """
        start = self.may_start_at(now)
        paused_until = self.paused_until if self.pause_left_s(now) else None
        next_at = start + timedelta(seconds=max(min_spacing_s, self.spacing_s))
        return start, replace(self, next_at=next_at, paused_until=paused_until)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that a host has refused (429): when, and with which status."""

    at: datetime
    http_status: int
