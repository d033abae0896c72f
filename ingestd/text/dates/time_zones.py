"""Time zones as dates name them: offsets, abbreviations, written names, IANA names."""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


def _minutes(offset: str) -> int:
    hours, minutes = offset.removeprefix("-").split(":")
    return (int(hours) * 60 + int(minutes)) * (-1 if offset.startswith("-") else 1)


# Minutes east of UTC by abbreviation. An ambiguous one has its most frequent meaning in feeds; those with a language
# behind a hyphen hold in texts of that language only.
_OFFSETS = {
    name: _minutes(offset)
    for offset, names in {
        "0:00": "ut utc gmt z wet uct zulu universal greenwich utcz",
        "1:00": "bst cet mez west wat ist-ie met",
        "2:00": "cest mesz eet sast cat ist-he kaliningrad mest",
        "3:00": "eest msk eat trt ast-ar",
        "3:30": "irst",
        "4:00": "gst samt msd azt",
        "4:30": "irdt aft",
        "5:00": "pkt uzt yekt",
        "5:30": "ist slst",
        "5:45": "npt",
        "6:00": "bdt bst-bn omst",
        "6:30": "mmt",
        "7:00": "ict wib krat novt hovt",
        "8:00": "hkt sgt awst myt pht wita irkt ulat bjt cst-zh pst-fil",
        "9:00": "jst kst wit yakt",
        "9:30": "acst",
        "10:00": "aest vlat chst",
        "10:30": "acdt",
        "11:00": "aedt magt",
        "12:00": "nzst pett fjt",
        "13:00": "nzdt",
        "-2:30": "ndt",
        "-3:00": "brt art adt uyt clst",
        "-3:30": "nst",
        "-4:00": "ast edt clt vet bot",
        "-5:00": "est cdt cot pet ect",
        "-6:00": "cst mdt",
        "-7:00": "mst pdt",
        "-8:00": "pst akdt",
        "-9:00": "akst hdt",
        "-10:00": "hst",
        "-11:00": "sst",
    }.items()
    for name in names.split()
}
# Written names, as in the parentheses of JavaScript dates, and the abbreviation that each stands for.
_WRITTEN_NAMES = {
    "北京时间": "hkt",
    "北京時間": "hkt",
    "香港时间": "hkt",
    "香港時間": "hkt",
    "台北时间": "hkt",
    "台北時間": "hkt",
    "中国标准时间": "hkt",
    "中國標準時間": "hkt",
    "日本标准时间": "jst",
    "日本標準時": "jst",
    "格林尼治标准时间": "gmt",
    "格林威治标准时间": "gmt",
    "世界标准时间": "utc",
    "协调世界时": "utc",
}
_LANGUAGE_VARIANTS = {"cst": ("zh",), "ist": ("he", "ga"), "bst": ("bn",), "pst": ("fil", "tl"), "ast": ("ar",)}
_VARIANT_OF = {"tl": "fil", "ga": "ie"}
# The zone of languages that are spoken in one zone, or in several of the same time.
_ZONES_OF_LANGUAGES = {
    "zh": "Asia/Shanghai",
    "yue": "Asia/Hong_Kong",
    "ja": "Asia/Tokyo",
    "ko": "Asia/Seoul",
    "vi": "Asia/Ho_Chi_Minh",
    "th": "Asia/Bangkok",
    "km": "Asia/Phnom_Penh",
    "my": "Asia/Yangon",
    "ne": "Asia/Kathmandu",
    "si": "Asia/Colombo",
    "ka": "Asia/Tbilisi",
    "hy": "Asia/Yerevan",
    "he": "Asia/Jerusalem",
    "tr": "Europe/Istanbul",
    "el": "Europe/Athens",
}
# Regions that write Chinese and have the time of Shanghai; elsewhere it has none of its own.
_CHINESE_REGIONS = frozenset(("cn", "tw", "hk", "mo", "sg", "my"))
_IANA_NAME = re.compile(r"[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+\-]{1,30}){1,2}")


@lru_cache(maxsize=256)
def from_offset(sign: str, hours: str, minutes: str | None) -> tzinfo | None:
    """The zone of an offset; None for one of more than 14 hours or with more than 59 minutes."""
    total = int(hours) * 60 + int(minutes or 0)
    if total > 14 * 60 or int(minutes or 0) > 59:
        return None
    return timezone(timedelta(minutes=-total if sign != "+" else total))


def abbreviation_in_language(name: str, language: str | None) -> tzinfo | None:
    """The zone of an abbreviation with a meaning of its own in this language (CST, IST); None for others."""
    if name not in _LANGUAGE_VARIANTS:
        return None
    base = (language or "").lower().replace("_", "-").split("-")[0]
    if base not in _LANGUAGE_VARIANTS[name]:
        return None
    return timezone(timedelta(minutes=_OFFSETS[f"{name}-{_VARIANT_OF.get(base, base)}"]))


@lru_cache(maxsize=256)
def zone_of_language(language: str | None) -> tzinfo | None:
    """The zone of a BCP 47 tag whose language is spoken in one zone; None for others (`en`, `es`, `zh-US`)."""
    base, *subtags = (language or "").lower().replace("_", "-").split("-")
    region = next((subtag for subtag in subtags if len(subtag) == 2), None)
    if base not in _ZONES_OF_LANGUAGES or (base == "zh" and region and region not in _CHINESE_REGIONS):
        return None
    return from_iana_name(_ZONES_OF_LANGUAGES[base])


def abbreviation_of_source(name: str, zone: tzinfo | None, local: datetime) -> tzinfo | None:
    """The time zone of the source, where this is its abbreviation at that local time; otherwise None."""
    if zone is None or (local.replace(tzinfo=zone).tzname() or "").lower() != name:
        return None
    return zone


@lru_cache(maxsize=256)
def from_abbreviation(name: str) -> tzinfo | None:
    """The zone of an abbreviation or a written name, in lower case; None for an unknown one."""
    minutes = _OFFSETS.get(_WRITTEN_NAMES.get(name, name))
    return None if minutes is None else timezone(timedelta(minutes=minutes))


def find_written_name(text: str) -> str | None:
    """The first written name of a zone in `text`; None where there is none."""
    return next((name for name in _WRITTEN_NAMES if name in text), None)


def find_iana_name(text: str) -> str | None:
    """The first text that looks like an IANA name, `Europe/Berlin`; None where there is none."""
    found = _IANA_NAME.search(text)
    return found[0] if found else None


@lru_cache(maxsize=128)
def from_iana_name(name: str) -> tzinfo | None:
    """The zone of an IANA name; None for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
