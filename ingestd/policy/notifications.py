"""How a notification is written and signed, and when one that failed is tried again. Pure.

The form is that of Standard Webhooks 1.0 (https://www.standardwebhooks.com): receivers verify it with its libraries.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: Seconds until the first repetition; each further one waits twice as long, up to `MAX_RETRY_DELAY_S`.
MIN_RETRY_DELAY_S = 10.0
MAX_RETRY_DELAY_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Notification:
    """One event as a target gets it: `id` is the same in each repetition; `body` is a JSON object."""

    id: str
    event: str
    body: bytes


def notification(number: int, event: str, at: str, payload: Mapping[str, Any]) -> Notification:
    """The notification of an event: its row number, what happened, when (UTC text), and what is said of it."""
    # With the time, because a database that was restored from a backup gives its row numbers again.
    own_id = f"{number}-{re.sub('[^0-9]', '', at)}"
    content = {"id": own_id, "event": event, "at": at, **payload}
    return Notification(own_id, event, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))


def signed_headers(sent: Notification, secret: str | None, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers of a webhook's request: type, id, the time of this attempt, and the signature."""
    seconds = str(int(now.timestamp()))
    headers = [("Content-Type", "application/json"), ("webhook-id", sent.id), ("webhook-timestamp", seconds)]
    if secret is not None:
        signed = b".".join([sent.id.encode(), seconds.encode(), sent.body])
        digest = hmac.new(key_of_secret(secret), signed, hashlib.sha256).digest()
        headers.append(("webhook-signature", f"v1,{base64.b64encode(digest).decode()}"))
    return tuple(headers)


def key_of_secret(secret: str) -> bytes:
    """The bytes of the key: those that stand in base64 behind `whsec_`, else the text itself."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def retry_delay_s(failures: int, asked_s: float | None = None) -> float:
    """Seconds until the next attempt after so many failed ones in a row; `asked_s`: what the target's answer asks."""
    delay_s = min(MIN_RETRY_DELAY_S * 2.0 ** min(failures - 1, 30), MAX_RETRY_DELAY_S)
    return max(delay_s, asked_s or 0.0)
