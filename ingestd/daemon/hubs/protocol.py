"""WebSub (W3C Recommendation, 2018): pushes from a hub instead of polls. Pure: network, clock and storage are outside.

A source whose feed names a hub is subscribed to with `subscription_form`, posted to the hub. The hub asks back whether
we meant it (`verify`), and from then on posts what is new to our callback (`signature_is_valid`), until the lease ends
and we subscribe again (`renew_at`), or until we want no more and say so. The callback's path is secret and one per
source, so that nobody else can guess it.
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

#: Seconds of a subscription that we ask for, and the bounds of what we take.
LEASE_S = 7 * 86_400
MIN_LEASE_S = 300
MAX_LEASE_S = 30 * 86_400
#: Seconds that a hub has to ask back, and after which pushes count as having stopped.
PENDING_S = 3_600
SILENT_S = 2 * 86_400
#: Seconds until a hub that refused, or that never answers, is asked again at the latest.
ASK_AGAIN_S = 86_400
#: Bytes of a push that are read.
MAX_PUSH = 2_000_000
#: Characters of a hub's reason that are kept.
MAX_REASON = 200

_METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to a hub's question: status and body to send, and the subscription as it now stands."""

    status: int
    body: str
    subscription: Subscription


def new_subscription(source_id: int, hub: str, topic: str, token_hex: str, secret_hex: str) -> Subscription:
    """A subscription not yet asked for; `token_hex` and `secret_hex` are at least 32 random hexadecimal digits each."""
    if not all(re.fullmatch(r"[0-9a-f]{32,128}", value) for value in (token_hex, secret_hex)):
        raise ValueError("a token and a secret have at least 32 hexadecimal digits")
    return Subscription(source_id, hub, topic, token_hex, secret_hex)


def callback_url(base: str, subscription: Subscription) -> str:
    """Where the hub reaches us; `base` is the configured public address."""
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
    """Answer a hub's question whether we meant it (section 5.3).

    Yes only for our topic, and to subscribe only while a request is under way or a subscription runs, to unsubscribe
    only where we are about to: anybody can ask. A hub's refusal (`hub.mode=denied`) is taken note of.
    """
    mode, challenge = query.get("hub.mode", ""), query.get("hub.challenge", "")
    if query.get("hub.topic") != subscription.topic:
        return Verification(404, "", subscription)
    if mode == "denied":
        reason = clean_line(query.get("hub.reason", "")[:MAX_REASON]) or "the hub refuses"
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
    """Whether a push was signed with our secret (section 7.1): compared in constant time.

    An unsigned or wrongly signed push is answered like any other and ignored: the sender learns nothing.
    """
    found = _SIGNATURE.fullmatch((header or "").strip())
    if found is None:
        return False
    digest = hmac.new(subscription.secret.encode("ascii"), body, _METHODS[found[1]]).hexdigest()
    return hmac.compare_digest(digest, found[2].lower())


def is_active(subscription: Subscription, now: datetime) -> bool:
    """Whether the hub has promised to push at this time, and we want it to."""
    return subscription.expires_at is not None and now < subscription.expires_at and not subscription.ending


def may_be_known(subscription: Subscription, now: datetime) -> bool:
    """Whether the hub may still push: its lease runs, or it has been asked for one and could ask back."""
    asked, end = subscription.requested_at, subscription.expires_at
    if asked is not None and not subscription.ending and now - asked <= timedelta(seconds=PENDING_S):
        return True
    return end is not None and now < end


def state_of(subscription: Subscription, now: datetime) -> str:
    """One word for people: active, denied, asked (the hub has not answered yet), expired or ending."""
    if subscription.ending:
        return "ending"
    if is_active(subscription, now):
        return "active"
    if subscription.denied_at is not None:
        return "denied"
    return "asked" if subscription.requested_at is not None else "expired"


def pushes_arrive(subscription: Subscription, now: datetime) -> bool:
    """Whether polling may slow down: the subscription runs, and a push has come not too long ago.

    A promise alone is not enough: hubs forget, and callbacks become unreachable.
    """
    last = subscription.last_push_at
    return is_active(subscription, now) and last is not None and now - last <= timedelta(seconds=SILENT_S)


def renew_at(subscription: Subscription, now: datetime) -> datetime:
    """When to ask the hub again: a tenth of the lease before its end.

    An hour after a request without an answer, twice as long after each further one up to a day; a day after a refusal.
    """
    if subscription.requested_at is not None:
        wait = min(PENDING_S * 2 ** min(max(subscription.attempts - 1, 0), 5), ASK_AGAIN_S)
        return subscription.requested_at + timedelta(seconds=wait)
    if subscription.denied_at is not None:
        return subscription.denied_at + timedelta(seconds=ASK_AGAIN_S)
    if subscription.expires_at is None:
        return now
    return subscription.expires_at - timedelta(seconds=subscription.lease_s / 10)
