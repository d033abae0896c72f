"""Dates as feeds and pages write them.

`parse_date` reads the formats of RFC 822, RFC 3339, ISO 8601, C, Java, JavaScript and Go, epoch numbers, and free-form
dates in some forty languages. An impossible date, and one that could mean two days, gives None.
"""

from datetime import datetime

from ingestd.model.feed import Timestamp
from ingestd.text.dates.date_parts import DateParts, to_utc
from ingestd.text.dates.standard_formats import read_date_parts

__all__ = ["parse_date"]

#: The longest text that is read as a date.
_MAX_DATE_CHARS = 200


def parse_date(
    raw: str,
    *,
    zone: str | None = None,
    language: str | None = None,
    text_language: str | None = None,
    now: datetime | None = None,
) -> Timestamp | None:
    """The instant that `raw` means; None where it means none, or where it could mean two.

    `zone` is the IANA name of the time zone of dates that state none. `language` is the BCP 47 tag that the document
    states: it decides what `CST` is, whether 4/5/2021 is in April or May, and the zone where it is spoken in one only.
    `text_language` is the tag of the language that the text around the date is in; it decides where `language` does
    not. `now` is an aware datetime, and decides
    between the remaining readings: a date of publication is not in the future. Never raises. `raw` of the result is
    the text given.
    """
    if not raw or len(raw) > _MAX_DATE_CHARS:
        return None
    parts = read_date_parts(raw, language=language, now=now)
    if isinstance(parts, DateParts):
        parts = to_utc(parts, zone=zone, language=language, text_language=text_language)
    if parts is None:
        return None
    utc, zone_origin = parts
    return Timestamp(raw=raw, utc=utc, zone_origin=zone_origin)
