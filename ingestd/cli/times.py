"""Times as the commands print them: in the user's zone, or in UTC with `--utc`, and always with the zone said.

JSON output does not come here: it has UTC text, as the database has.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingestd.text.times import from_utc_text

_LOCALTIME = Path("/etc/localtime")
_NAMES_OF_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Etc/Universal", "Universal", "Etc/Zulu", "Zulu"})


class Zone(NamedTuple):
    """A time zone and how it is called; without `rules` the system's own are asked for each time."""

    name: str
    rules: tzinfo | None


UTC_ZONE = Zone("UTC", UTC)


class _Shown:
    """The zone of this run of the command line; None before it is first needed."""

    zone: Zone | None = None


def show_utc(wanted: bool) -> None:
    """Show the times of this run in UTC; else in the user's zone."""
    _Shown.zone = UTC_ZONE if wanted else None


def shown_zone() -> Zone:
    """The zone in which times are printed."""
    if _Shown.zone is None:
        _Shown.zone = user_zone(os.environ.get("TZ"), _LOCALTIME)
    return _Shown.zone


def user_zone(variable: str | None, localtime: Path) -> Zone:
    """The zone that $TZ names, else that of the machine (the file `localtime`)."""
    name = _zone_name(variable, localtime)
    if name in _NAMES_OF_UTC:
        return UTC_ZONE
    if name:
        # Names are not paths out of the folder of zones, and may be of a zone that this machine does not know.
        with suppress(OSError, ValueError, KeyError):
            return Zone(name, ZoneInfo(name))
    return Zone(_offset(datetime.now(UTC).astimezone()), None)


def _zone_name(variable: str | None, localtime: Path) -> str | None:
    if variable is not None:
        return variable.removeprefix(":") or "UTC"
    if not localtime.exists():
        return "UTC"
    _, _, name = str(localtime.resolve()).partition("zoneinfo/")
    return name.removeprefix("posix/").removeprefix("right/") or None


def column_head(name: str) -> str:
    """The head of a column of times: it says the zone."""
    return f"{name} ({shown_zone().name})"


def to_minute(moment: datetime | str | None) -> str:
    """A time, or a stored UTC text, as `YYYY-MM-DD HH:MM` in the zone that is shown; empty for None."""
    return _shown(moment, "%H:%M")[0]


def at_a_glance(moment: str | None, now: datetime) -> str:
    """A stored UTC text as short as it can be told apart: `18:05` today, `11-22 18:05` this year, else the date."""
    shown, today = to_minute(moment), to_minute(now)
    if shown[:10] == today[:10]:
        return shown[11:]
    return shown[5:] if shown[:4] == today[:4] else shown[:10]


def to_minute_with_zone(moment: datetime | str | None) -> str:
    """`to_minute` and the zone: `2021-04-18 09:45 +08:00`, `2021-04-18 01:45 UTC`."""
    return " ".join(filter(None, _shown(moment, "%H:%M")))


def to_second_with_zone(moment: datetime | str | None) -> str:
    """A time to the second, and the zone: `2021-04-18 09:45:12 +08:00`."""
    return " ".join(filter(None, _shown(moment, "%H:%M:%S")))


def _shown(moment: datetime | str | None, style: str) -> tuple[str, str]:
    """(date and time, offset) in the zone that is shown; a text that is no time stays as it is."""
    if not moment:
        return "", ""
    zone = shown_zone()
    try:
        utc = from_utc_text(moment) if isinstance(moment, str) else moment
        local = utc.astimezone(zone.rules)
    except (ValueError, OverflowError):
        return str(moment), ""
    # strftime writes years before 1000 without zeros.
    return f"{local.date().isoformat()} {local:{style}}", zone.name if zone.rules is UTC else _offset(local)


def _offset(moment: datetime) -> str:
    """The distance from UTC, `+08:00`; `UTC` for none where the zone is UTC itself."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes and moment.tzname() in (None, "UTC"):
        return "UTC"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
