"""A WebSub subscription."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """The state of one subscription at a WebSub hub.

    `token` is the secret path of the callback, `secret` the key of the pushes' signatures: neither is logged or shown.
    `expires_at` is None until the hub has verified; `requested_at` None where no request is pending, `attempts` counts
    requests since the last verification. `denied_at` is when the hub denied, `error` why it did or why the request
    failed. `pushes` counts those accepted, `refused` those with an invalid signature. `ending`: to be unsubscribed.
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
