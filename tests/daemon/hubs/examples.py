"""One subscription in three states, a hub's question about it, and the signature of a push."""

import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingestd.daemon.hubs.protocol import new_subscription

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOPIC = "https://site.example/feed?x=1&y=文"
ASKED = replace(new_subscription(7, "https://hub.example/", TOPIC, "a" * 40, "b" * 40), requested_at=NOW)
RUNNING = replace(ASKED, requested_at=None, expires_at=NOW + timedelta(days=7), lease_s=7 * 86_400)
ENDING = replace(RUNNING, requested_at=NOW, ending=True)


def question(**changed: str) -> dict[str, str]:
    asked = {"mode": "subscribe", "topic": TOPIC, "challenge": "abc", "lease_seconds": "86400", **changed}
    return {f"hub.{name}": value for name, value in asked.items() if value}


def signed(body: bytes, method: str = "sha256", secret: str = ASKED.secret) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"
