"""A WebSub subscription."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is known about one subscription at a WebSub hub.

    `token` is the callback's secret path, `secret` signs the pushes: neither is ever shown. `expires_at` is None until
    the hub has verified; `requested_at` None where no request is under way, and `attempts` counts those since the hub
    last answered. `denied_at` is when it refused, `error` why it did or could not be asked. `pushes` were taken,
    `refused` were not signed as they must be. `ending`: we want no more, and the hub is to ask whether that is so.
    """

    source_id: int
    hub: str
    topic: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    requested_at: datetime | None = None
    expires_at: datetime | None = None
    last_push_at: datetime | None = None
    lease_s: int = 0
    attempts: int = 0
    denied_at: datetime | None = None
    pushes: int = 0
    refused: int = 0
    ending: bool = False
    error: str | None = None
