"""WebSub: pushes from a hub instead of polls."""

from ingestd.daemon.hubs.callback import CallbackServer
from ingestd.daemon.hubs.protocol import (
    Verification,
    callback_url,
    is_active,
    may_be_known,
    new_subscription,
    pushes_arrive,
    renew_at,
    signature_is_valid,
    state_of,
    subscription_form,
    verify,
)
from ingestd.model.subscription import Subscription

__all__ = [
    "CallbackServer",
    "Subscription",
    "Verification",
    "callback_url",
    "is_active",
    "may_be_known",
    "new_subscription",
    "pushes_arrive",
    "renew_at",
    "signature_is_valid",
    "state_of",
    "subscription_form",
    "verify",
]
