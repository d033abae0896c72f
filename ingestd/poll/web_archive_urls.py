"""The addresses of snapshots in a web archive: `/web/TIMESTAMPid_/URL`. Pure."""

import re
from datetime import UTC, datetime

_SNAPSHOT = re.compile(r"/web/(\d{4,14})(?:id_)?/(https?:/{1,2}.+)\Z", re.S)
_TIME_FORMAT = "%Y%m%d%H%M%S"


def snapshot_url(archive: str, url: str, at: datetime) -> str:
    """The address of the snapshot of `url` that is nearest to a time; the archive redirects to it."""
    return f"{archive.rstrip('/')}/web/{at.astimezone(UTC):%Y%m%d%H%M%S}id_/{url}"


def original_url(snapshot: str) -> str | None:
    """The address that a snapshot is of; None where the address is not that of a snapshot."""
    found = _SNAPSHOT.search(snapshot)
    return re.sub(r"\A(https?):/+", r"\1://", found[2]) if found else None


def time_of(snapshot: str) -> datetime | None:
    """When a snapshot was made, by its address; None where that does not say."""
    found = _SNAPSHOT.search(snapshot)
    return snapshot_time(found[1]) if found else None


def snapshot_time(timestamp: str) -> datetime | None:
    """The time of a timestamp of 14 digits, in UTC; None where it is none."""
    if len(timestamp) != len("20261127000000"):
        return None
    try:
        return datetime.strptime(timestamp, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
