"""How a source's subscription at a hub stands, for `status` and `sources list`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingestd.identity.urls import redact
from ingestd.store.database import Database
from ingestd.store.subscriptions import shown
from ingestd.text.times import utc_text


def pushes(database: Database, now: datetime) -> dict[int, dict[str, Any]]:
    """The subscriptions by source: `state`, `hub`, `until`, `last_push_at`, `pushes`, `refused` and `error`."""
    return {row["source_id"]: _record(row, utc_text(now)) for row in database.read(shown)}


def _record(row: Mapping[str, Any], now: str) -> dict[str, Any]:
    lapsed = row["state"] == "active" and (row["expires_at"] or "") <= now
    return {
        "state": "expired" if lapsed else row["state"],
        "hub": redact(row["hub"]),
        "until": row["expires_at"],
        "asked_at": row["requested_at"],
        "last_push_at": row["last_push_at"],
        "pushes": row["pushes"],
        "refused": row["refused"],
        "error": row["error"],
    }


def in_words(push: Mapping[str, Any] | None) -> str | None:
    """One line about a subscription for a table; None where a source has none."""
    if push is None:
        return None
    if push["state"] == "active":
        return f"active until {_minute(push['until'])}"
    asked = f"asked {_minute(push['asked_at'])}, no answer yet"
    text = asked if push["state"] == "asked" else str(push["state"])
    return f"{text}: {push['error']}" if push["error"] else text


def _minute(text: str | None) -> str:
    return f"{text[:10]} {text[11:16]}" if text else ""
