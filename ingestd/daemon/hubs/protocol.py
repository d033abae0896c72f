"""WebSub (W3C Recommendation, 2018), the subscriber's side. Pure: network, clock and storage are outside.

`subscription_form` is posted to the hub that a feed names. The hub verifies the intent (`verify`), then posts new
content to the callback (`signature_is_valid`) until the lease ends, before which it is renewed (`renew_at`), or until
it is unsubscribed. The callback's path holds a random token, one per source (section 8: capability URLs).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from ingestd.model.subscription import Subscription
from ingestd.text.plain_text import clean_line

#: Seconds of a lease: what is requested, and the bounds of what is accepted.
LEASE_S = 7 * 86_400
MIN_LEASE_S = 300
MAX_LEASE_S = 30 * 86_400
#: Seconds within which a hub must verify a request, and after which a hub without pushes counts as inactive.
PENDING_S = 3_600
MAX_PUSH_AGE_S = 2 * 86_400
#: Seconds after which a request is repeated at the latest, at a hub that denied it or never verified it.
MAX_REQUEST_RETRY_S = 86_400
#: Bytes of a push that are read.
MAX_PUSH_BYTES = 2_000_000
#: Characters of a hub's or a topic's URL.
MAX_URL_CHARS = 2_048
#: Characters of a hub's reason that are kept.
MAX_REASON_CHARS = 200

_METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")


@dataclass(frozen=True, slots=True)
class Verification:
    """The response to a hub's verification request, and the subscription after it."""

    status: int
    body: str
    subscription: Subscription


def new_subscription(source_id: int, hub: str, topic: str, token_hex: str, secret_hex: str) -> Subscription:
    """A subscription not yet asked for; `token_hex` and `secret_hex` are at least 32 random hexadecimal digits each."""
    if not all(re.fullmatch(r"[0-9a-f]{32,128}", value) for value in (token_hex, secret_hex)):
        raise ValueError("a token and a secret have at least 32 hexadecimal digits")
    return Subscription(source_id, hub, topic, token_hex, secret_hex)


def may_have_secret(hub: str, feed_url: str) -> bool:
    """Whether the subscription's secret may be sent to a hub: over https where the feed is fetched over https."""
    schemes = ("https://",) if feed_url.startswith("https://") else ("https://", "http://")
    return len(hub) <= MAX_URL_CHARS and hub.startswith(schemes)


def callback_url(base: str, subscription: Subscription) -> str:
    """The callback URL of a subscription; `base` is the configured public URL."""
    return f"{base.rstrip('/')}/{subscription.token}"


def subscription_form(base: str, subscription: Subscription) -> bytes:
    """The form to post to the hub (section 5.1): to subscribe, or to end a subscription that is `ending`."""
    fields: dict[str, str | int] = {
        "hub.callback": callback_url(base, subscription),
        "hub.mode": "unsubscribe" if subscription.ending else "subscribe",
        "hub.topic": subscription.topic,
    }
    if not subscription.ending:
        fields |= {"hub.lease_seconds": LEASE_S, "hub.secret": subscription.secret}
    return urlencode(fields).encode("ascii")


def verify(subscription: Subscription, query: Mapping[str, str], now: datetime) -> Verification:
    """Respond to a hub's verification of intent (section 5.3), which anybody can send.

    Confirmed only for the subscription's topic; to subscribe only while a request is pending or the lease runs, to
    unsubscribe only where that was requested. A denial (`hub.mode=denied`, section 5.2) is recorded.
    """
    mode, challenge = query.get("hub.mode", ""), query.get("hub.challenge", "")
    if query.get("hub.topic") != subscription.topic:
        return Verification(404, "", subscription)
    if mode == "denied":
        reason = clean_line(query.get("hub.reason", "")[:MAX_REASON_CHARS]) or "the hub refuses"
        denied = replace(subscription, requested_at=None, expires_at=None, denied_at=now, error=reason)
        return Verification(200, "", denied)
    if not challenge or len(challenge) > 4096 or mode != ("unsubscribe" if subscription.ending else "subscribe"):
        return Verification(404, "", subscription)
    if subscription.ending:
        return Verification(200, challenge, replace(subscription, requested_at=None, expires_at=None))
    if not _is_expected(subscription, now):
        return Verification(404, "", subscription)
    lease_s = _lease(query.get("hub.lease_seconds", ""))
    expires_at = now + timedelta(seconds=lease_s)
    granted = replace(
        subscription,
        requested_at=None,
        expires_at=expires_at,
        lease_s=lease_s,
        attempts=0,
        denied_at=None,
        error=None,
    )
    return Verification(200, challenge, granted)


def _is_expected(subscription: Subscription, now: datetime) -> bool:
    asked = subscription.requested_at
    return is_active(subscription, now) or (asked is not None and now - asked <= timedelta(seconds=PENDING_S))


def _lease(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        return LEASE_S
    return min(max(int(text), MIN_LEASE_S), MAX_LEASE_S)


def signature_is_valid(subscription: Subscription, header: str | None, body: bytes) -> bool:
    """Whether a push is signed with the subscription's secret (section 7.1); compared in constant time.

    The callback responds to an invalid one as to any other, so that the sender cannot tell.
    """
    found = _SIGNATURE.fullmatch((header or "").strip())
    if found is None:
        return False
    digest = hmac.new(subscription.secret.encode("ascii"), body, _METHODS[found[1]]).hexdigest()
    return hmac.compare_digest(digest, found[2].lower())


def is_active(subscription: Subscription, now: datetime) -> bool:
    """Whether the lease runs and is not to be ended."""
    return subscription.expires_at is not None and now < subscription.expires_at and not subscription.ending


def may_be_known(subscription: Subscription, now: datetime) -> bool:
    """Whether the hub may still push: the lease runs, or a request is pending."""
    asked, end = subscription.requested_at, subscription.expires_at
    if asked is not None and not subscription.ending and now - asked <= timedelta(seconds=PENDING_S):
        return True
    return end is not None and now < end


def state_of(subscription: Subscription, now: datetime) -> str:
    """One word for `status`: active, denied, asked (not verified yet), expired or ending."""
    if subscription.ending:
        return "ending"
    if is_active(subscription, now):
        return "active"
    if subscription.denied_at is not None:
        return "denied"
    return "asked" if subscription.requested_at is not None else "expired"


def pushes_arrive(subscription: Subscription, now: datetime) -> bool:
    """Whether polling may slow down: the subscription is active, and a push came within `MAX_PUSH_AGE_S`.

    A lease alone is no proof: hubs lose subscriptions, and callbacks become unreachable.
    """
    last = subscription.last_push_at
    return is_active(subscription, now) and last is not None and now - last <= timedelta(seconds=MAX_PUSH_AGE_S)


def expires_later(stored: Subscription, known: Subscription) -> bool:
    """Whether a hub has granted a subscription for longer than is known."""
    return stored.expires_at is not None and (known.expires_at is None or stored.expires_at > known.expires_at)


def renew_at(subscription: Subscription, now: datetime) -> datetime:
    """When to send the next request: a tenth of the lease before its end.

    After a request that was not verified: an hour, doubled each time, up to a day. After a denial: a day.
    """
    if subscription.requested_at is not None:
        wait = min(PENDING_S * 2 ** min(max(subscription.attempts - 1, 0), 5), MAX_REQUEST_RETRY_S)
        return subscription.requested_at + timedelta(seconds=wait)
    if subscription.denied_at is not None:
        return subscription.denied_at + timedelta(seconds=MAX_REQUEST_RETRY_S)
    if subscription.expires_at is None:
        return now
    return subscription.expires_at - timedelta(seconds=subscription.lease_s / 10)
