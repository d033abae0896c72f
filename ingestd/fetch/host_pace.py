"""The pace of one host: when it may be asked next, and how its responses change that. Pure.

Between two requests lies at least the configured distance (`min_delay`, or the Crawl-delay of its robots.txt), and
`spacing_s`, which is learnt from refusals (429). It is found by additive increase and multiplicative decrease of the
rate, with a memory of what was refused last, as in CUBIC (RFC 9438): a refusal doubles the spacing, or lengthens it by
less where requests were accepted before; responses shorten it step by step, towards the spacing that was refused, and
not below it until the host has refused nothing for `PROBE_AFTER`. A refusal of such a step leads back to the spacing
that was accepted.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestd.model.host_pace import HostPace

#: The spacing after the first refusal, in seconds, where `min_delay` is shorter than half of it; and the longest one.
FIRST_SPACING_S = 1.0
MAX_SPACING_S = 3600.0
#: By how much a refusal lengthens the spacing at most, and one with a pause of so many times the spacing or more.
REFUSED_FACTOR = 2.0
PAUSED_FACTOR = 4.0
#: Accepted requests in a row after which a refusal is an isolated one; after each so many of them the spacing is
#: shortened by a step; and after each so many, with `PROBE_AFTER`, a spacing that was refused is tried again.
ISOLATED_AFTER = 8
STEP_AFTER = 4
PROBE_AFTER_ACCEPTED = 20
#: The time without a refusal after which a spacing that was refused is tried again.
PROBE_AFTER = timedelta(hours=12)
#: A step shortens the spacing by this share of its distance from the one that was refused, and keeps this margin to it.
STEP_SHARE = 0.25
REFUSED_MARGIN = 1.02
#: By how much the memory of a spacing that was refused shrinks when it is tried again.
PROBE_FACTOR = 0.95


@dataclass(frozen=True, slots=True)
class PaceSignal:
    """What a response says about the pace of its host.

    `refused`: the host has answered that requests come too often. `accepted`: it has answered the request itself, or
    would have for another one. `pause_s`: it asks for a pause of so many seconds (Retry-After). `quota_s`: by its
    RateLimit fields the next request should start in so many seconds. `reason` names the field and its value.
    """

    accepted: bool = False
    refused: bool = False
    pause_s: float = 0.0
    quota_s: float = 0.0
    reason: str | None = None


def after_response(
    pace: HostPace, signal: PaceSignal, *, started_at: datetime, now: datetime, min_spacing_s: float
) -> HostPace:
    """The pace after a response to a request that started at `started_at`; `pace` itself where nothing changes."""
    if signal.refused:
        pace = _after_refusal(pace, signal.pause_s, started_at, now, min_spacing_s)
        pace = replace(pace, reason=signal.reason)
    elif signal.accepted and pace.spacing_s:
        pace = _after_acceptance(pace, now, min_spacing_s)
    if signal.pause_s:
        until = now + timedelta(seconds=signal.pause_s)
        pace = replace(pace, paused_until=_later(pace.paused_until, until), reason=signal.reason)
    if signal.quota_s > max(min_spacing_s, pace.spacing_s):
        pace = replace(
            pace, next_at=_later(pace.next_at, now + timedelta(seconds=signal.quota_s)), reason=signal.reason
        )
    return pace


def _after_refusal(
    pace: HostPace, pause_s: float, started_at: datetime, now: datetime, min_spacing_s: float
) -> HostPace:
    if pace.refused_at is not None and started_at <= pace.refused_at <= now:
        return pace  # it was on its way when an earlier refusal came, and says nothing about the spacing since then
    refused_s = max(pace.spacing_s, min_spacing_s)
    if pace.accepted_spacing_s > refused_s:
        longer_s = max(pace.accepted_spacing_s, refused_s * REFUSED_MARGIN)
    else:
        longer_s = refused_s * _factor(pace, pause_s, refused_s, now)
    spacing_s = min(max(longer_s, FIRST_SPACING_S), MAX_SPACING_S)
    return replace(
        pace,
        next_at=_later(pace.next_at, now + timedelta(seconds=spacing_s)),
        spacing_s=spacing_s,
        accepted_spacing_s=0.0,
        # One of several refusals in a row says that a quota is used up, and nothing about the spacing.
        refused_spacing_s=refused_s if pace.accepted or not pace.refused_spacing_s else pace.refused_spacing_s,
        accepted=0,
        refused_at=now,
    )


def _factor(pace: HostPace, pause_s: float, refused_s: float, now: datetime) -> float:
    """By how much a refusal lengthens the spacing.

    A host that refuses one of n + 1 evenly spaced requests allows n of them in the time: its spacing is (n + 1) / n of
    the one that was refused. One that asks for a pause after many requests allows those from one refusal to the next.
    """
    factor = max(1 + (REFUSED_FACTOR - 1) / max(pace.accepted, 1), REFUSED_MARGIN)
    if pause_s < PAUSED_FACTOR * refused_s:
        return factor
    if pace.accepted < ISOLATED_AFTER or pace.refused_at is None:
        return PAUSED_FACTOR
    allowed_s = (now - pace.refused_at).total_seconds() / pace.accepted
    return max(min(allowed_s / refused_s, PAUSED_FACTOR), factor)


def _after_acceptance(pace: HostPace, now: datetime, min_spacing_s: float) -> HostPace:
    """Count the request; shorten the spacing by a step where enough were accepted."""
    pace = replace(pace, accepted=pace.accepted + 1)
    if pace.accepted % STEP_AFTER:
        return pace
    floor_s = max(pace.refused_spacing_s * REFUSED_MARGIN, min_spacing_s)
    if pace.spacing_s > floor_s:
        step_s = max((pace.spacing_s - floor_s) * STEP_SHARE, pace.spacing_s * (REFUSED_MARGIN - 1))
        spacing_s = max(pace.spacing_s - step_s, floor_s)
        return replace(pace, spacing_s=spacing_s, accepted_spacing_s=pace.spacing_s)
    if pace.spacing_s <= min_spacing_s or pace.spacing_s < FIRST_SPACING_S / REFUSED_FACTOR:
        return HostPace(next_at=pace.next_at, paused_until=pace.paused_until)
    since = now - pace.refused_at if pace.refused_at else PROBE_AFTER
    if since >= PROBE_AFTER and pace.accepted % PROBE_AFTER_ACCEPTED == 0:
        return replace(pace, refused_spacing_s=pace.refused_spacing_s * PROBE_FACTOR)
    return pace


def _later(first: datetime | None, second: datetime) -> datetime:
    return second if first is None else max(first, second)
