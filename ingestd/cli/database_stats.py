"""`ingestd db stats`: rows and bytes by table and by source, and how fast the database grows."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingestd.cli.output import print_table, print_text, print_wrapped
from ingestd.store import image_queue, sizes, sources
from ingestd.store.database import Database
from ingestd.store.sizes import SourceSize, TableSize
from ingestd.store.statistics import table_counts

#: The days before now by which growth is measured, and how many of them are needed for a forecast.
GROWTH_DAYS = 30
MIN_GROWTH_DAYS = 1
#: Days of a month in a forecast.
MONTH_DAYS = 30
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True)
class Growth:
    """What was stored in the last `days`, and what that makes of a month, in bytes.

    `database_per_month` is with indexes and everything else that grows with posts; None for too few days.
    `months_until_full` is None where the disk is unknown, or nothing grows.
    """

    days: float
    posts: int
    bytes: int
    image_bytes: int
    database_per_month: int | None
    images_per_month: int | None
    disk_free: int | None
    months_until_full: float | None


def read_stats(database: Database, media_folder: Path | None, now: datetime) -> dict[str, Any]:
    """Everything that `db stats` prints, as for JSON."""
    begun = database.read(sources.first_added_at)
    days = min((now - begun) / timedelta(days=1), GROWTH_DAYS) if begun else 0.0
    by_source = database.read(sizes.source_sizes, now - timedelta(days=GROWTH_DAYS))
    tables = database.read(sizes.table_sizes)
    growth = forecast(tables, by_source, days, _free_bytes(database.path, media_folder))
    return {
        "database": database.name,
        "bytes": _file_bytes(database) or database.read(sizes.database_bytes),
        **database.read(table_counts),
        **database.read(image_queue.image_counts),
        "tables": [asdict(one) for one in tables],
        "by_source": [{**asdict(one), "bytes": one.bytes} for one in by_source],
        "growth": asdict(growth),
    }


def forecast(
    tables: Sequence[TableSize], by_source: Sequence[SourceSize], days: float, disk_free: int | None
) -> Growth:
    """The growth of a database, from what its sources stored in the last `days`."""
    new_bytes, new_images = sum(one.new_bytes for one in by_source), sum(one.new_images for one in by_source)
    per_month = images_per_month = months = None
    if days >= MIN_GROWTH_DAYS:
        # Indexes, identities and the rest grow with the texts: the new ones take their share of the whole.
        whole = sum(one.total for one in tables) / (sum(one.bytes for one in by_source) or 1)
        per_month = int(new_bytes * whole * MONTH_DAYS / days)
        images_per_month = int(new_images * MONTH_DAYS / days)
        if disk_free is not None and per_month + images_per_month:
            months = round(disk_free / (per_month + images_per_month), 1)
    posts = sum(one.new_posts for one in by_source)
    return Growth(round(days, 1), posts, new_bytes, new_images, per_month, images_per_month, disk_free, months)


def _file_bytes(database: Database) -> int:
    """Bytes of a SQLite file and its write-ahead log; 0 for a server."""
    if database.path is None:
        return 0
    parts = (database.path.with_name(database.path.name + suffix) for suffix in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _free_bytes(path: Path | None, media_folder: Path | None) -> int | None:
    """Bytes that are free on the disk of the database; on that of the images where it is a server's."""
    with suppress(OSError):
        if folder := path.parent if path is not None else media_folder:
            return shutil.disk_usage(folder).free
    return None


def print_stats(stats: dict[str, Any]) -> None:
    """Print what `read_stats` gives: counts, tables, sources, and the forecast in a sentence."""
    counts = [(name, value) for name, value in stats.items() if isinstance(value, int) and name != "bytes"]
    print_table(("what", "how many"), [*counts, ("bytes", stats["bytes"])], empty="")
    print_text()
    _print_tables(stats["tables"])
    print_text()
    _print_by_source(stats["by_source"])
    print_text()
    _print_growth(stats["growth"])


def _print_tables(tables: Sequence[dict[str, Any]]) -> None:
    is_estimated = any(one["index_bytes"] is None for one in tables)
    print_table(
        ("table", "rows", "about" if is_estimated else "size", "indexes"),
        [
            (one["name"], one["rows"], human_bytes(one["bytes"]), human_bytes(one["index_bytes"]))
            for one in tables
            if one["rows"] != 0
        ],
        empty="",
    )
    if is_estimated:
        print_text("The sizes are estimated from some rows of each table: this SQLite cannot measure them (dbstat).")


def _print_by_source(by_source: Sequence[dict[str, Any]]) -> None:
    sizes_of = ("texts", "pages", "earlier_texts", "images")
    print_table(
        ("source", "posts", "texts", "pages", "earlier texts", "images", f"posts in {GROWTH_DAYS} d", "size of these"),
        [
            (
                one["name"] or "(imported)",
                one["posts"],
                *(human_bytes(one[name]) for name in sizes_of),
                one["new_posts"],
                human_bytes(one["new_bytes"] + one["new_images"]),
            )
            for one in by_source
        ],
        empty="no sources yet",
    )


def _print_growth(growth: dict[str, Any]) -> None:
    if growth["database_per_month"] is None:
        print_wrapped("Growth: too early to tell; it is measured from the first day on.")
        return
    if not growth["posts"]:
        print_wrapped(f"Growth: nothing was polled in the last {growth['days']:g} days.")
        return
    images = f", its images by {human_bytes(growth['images_per_month'])}" if growth["images_per_month"] else ""
    text = (
        f"Growth: {growth['posts']} posts were polled in the last {growth['days']:g} days. At this pace the database"
        f" grows by {human_bytes(growth['database_per_month'])} a month{images}"
    )
    year = 12 * (growth["database_per_month"] + growth["images_per_month"])
    text += f"{', together' if images else ','} {human_bytes(year)} a year."
    if growth["disk_free"] is not None:
        text += f" The disk has {human_bytes(growth['disk_free'])} free"
        text += f": enough for {_span(growth['months_until_full'])}." if growth["months_until_full"] else "."
    print_wrapped(text)


def _span(months: float) -> str:
    if months < 24:
        return f"{months:g} months"
    return f"{months / 12:.0f} years" if months < 1200 else "more than a hundred years"


def human_bytes(count: int | None) -> str:
    """A size in decimal units with three digits: `1.23 MB`, `45.6 GB`; empty for None."""
    if count is None:
        return ""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f} {_UNITS[unit]}"
