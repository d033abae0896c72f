"""Dates as feeds and pages write them: one function, no guess that could be silently wrong.

`parse_date` takes the forms of RFC 822, RFC 3339, ISO 8601, C, Java, JavaScript, Go, epoch numbers, and what people
write in some thirty languages. What is impossible or could mean two days gives None.
"""

from datetime import datetime

from ingestd.model.feed import Timestamp
from ingestd.text.dates.forms import Parts, read
from ingestd.text.dates.instant import to_utc

__all__ = ["parse_date"]

#: A date is shorter than this in every form that was ever seen; the rest is not looked at.
_MAX_LENGTH = 200


def parse_date(
    raw: str, *, zone: str | None = None, language: str | None = None, now: datetime | None = None
) -> Timestamp | None:
    """The instant that `raw` means, None where it means none or where it is not clear which.

    `zone` is the IANA name for dates without one, `language` the BCP 47 tag of the text around (it settles `CST` and
    whether 4/5/2021 is in April or May), `now` an aware datetime that settles what else is ambiguous: a published date
    does not lie in the future. Never raises. The result's `raw` is the text given.
    """
    if not raw or len(raw) > _MAX_LENGTH:
        return None
    parts = read(raw, language=language, now=now)
    if isinstance(parts, Parts):
        parts = to_utc(parts, zone=zone, language=language)
    if parts is None:
        return None
    utc, zone_origin = parts
    return Timestamp(raw=raw, utc=utc, zone_origin=zone_origin)
