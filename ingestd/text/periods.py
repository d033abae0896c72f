"""Periods as users write them: a year, a month, a day, a moment, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

_AGE = re.compile(r"(\d{1,7})([hdw])", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 168}
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?", re.ASCII)


def read_period(text: str, now: datetime) -> tuple[datetime, datetime]:
    """(begin, end) of a year, a month, a day or a moment in UTC; of an age, such as `7d`, both are that long ago.

    A search from it on takes the begin and one until then the end, so that both include what they name. Raises
    ValueError or OverflowError.
    """
    if age := _AGE.fullmatch(text):
        moment = now - timedelta(hours=int(age[1]) * _HOURS[age[2]])
        return moment, moment
    if not (match := _PERIOD.fullmatch(text)):
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment, moment
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    begin = datetime(year, 1 if month is None else month, 1 if day is None else day, tzinfo=UTC)
    if day is not None:
        return begin, begin + timedelta(days=1)
    if month is not None:
        return begin, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return begin, datetime(year + 1, 1, 1, tzinfo=UTC)
