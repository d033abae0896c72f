"""How far back the history of each source reaches, for `ingestd status`."""

from typing import Any

from ingestd.model.history import Backfill, BackfillState

Row = dict[str, Any]


def history_cell(row: Row) -> str:
    """The date of the oldest entry that was read, and `all` where nothing is before it."""
    since = (row["history_from"] or "")[:10]
    return " ".join(part for part in (since, "all" if row["history_complete"] else "") if part)


def history_record(backfill: Backfill) -> Row:
    """A backfill as JSON has it."""
    return {
        "means": backfill.means,
        "state": str(backfill.state),
        "pages": backfill.pages,
        "found": backfill.found,
        "new": backfill.new,
        "total": backfill.total,
        "reason": backfill.reason,
    }


def history_remark(row: Row) -> str | None:
    """That a history was read in part; None where it was read to its end, or not at all."""
    last = row["backfill"]
    if last is None or row["history_complete"] or not row["enabled"]:
        return None
    until = f" back to {row['history_from'][:10]}" if row["history_from"] else ""
    why = f": {last['reason']}" if last["reason"] else ""
    if last["state"] == BackfillState.ENDED:
        return f"its history is read{until}, and not further{why}"
    return f"its history is read{until}{why}: `ingestd backfill {row['name']}` goes on"
