"""The WebSub subscription of each source, for `status` and `sources list`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingestd.cli.times import to_minute
from ingestd.identity.urls import redact
from ingestd.store.database import Database
from ingestd.store.subscriptions import subscriptions_without_secrets
from ingestd.text.times import utc_text


def subscriptions_by_source(database: Database, now: datetime) -> dict[int, dict[str, Any]]:
    """Subscriptions by source ID, with the fields of JSON output; an active one whose lease is over is `expired`."""
    return {row["source_id"]: _subscription(row, utc_text(now)) for row in database.read(subscriptions_without_secrets)}


def _subscription(row: Mapping[str, Any], now: str) -> dict[str, Any]:
    expired = row["state"] == "active" and (row["expires_at"] or "") <= now
    return {
        "state": "expired" if expired else row["state"],
        "hub": redact(row["hub"]),
        "until": row["expires_at"],
        "asked_at": row["requested_at"],
        "last_push_at": row["last_push_at"],
        "pushes": row["pushes"],
        "refused": row["refused"],
        "error": row["error"],
    }


def describe_subscription(push: Mapping[str, Any] | None) -> str | None:
    """One line about a subscription, for a cell of a table; None where a source has none."""
    if push is None:
        return None
    if push["state"] == "active":
        return f"active until {to_minute(push['until'])}"
    asked = f"asked {to_minute(push['asked_at'])}, no answer yet"
    text = asked if push["state"] == "asked" else str(push["state"])
    return f"{text}: {push['error']}" if push["error"] else text
