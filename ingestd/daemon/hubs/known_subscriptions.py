"""The subscriptions that a daemon knows: its own, and those that other daemons of the database have made."""

from collections.abc import Iterable
from datetime import datetime

from ingestd.daemon.hubs.protocol import expires_later
from ingestd.model.subscription import Subscription


class KnownSubscriptions:
    """The latest subscription of each source, `subscribed` or `ending`, and which source a callback's token is of.

    One that ends is kept until its hub has verified that (WebSub, 5.3).
    """

    def __init__(self) -> None:
        self.subscribed: dict[int, Subscription] = {}
        self.ending: dict[int, Subscription] = {}
        self._by_token: dict[str, int] = {}

    def remember(self, subscription: Subscription) -> None:
        """Keep a subscription in place of the one before."""
        group = self._group(subscription)
        before = group.get(subscription.source_id)
        if before is not None and before.token != subscription.token and subscription.ending:
            self._by_token.pop(before.token, None)
        group[subscription.source_id] = subscription
        self._by_token[subscription.token] = subscription.source_id

    def forget(self, subscription: Subscription) -> None:
        """Know nothing of a subscription that has ended."""
        current = self.ending.get(subscription.source_id)
        if current is not None and current.token == subscription.token:
            del self.ending[subscription.source_id]
        self._by_token.pop(subscription.token, None)

    def forget_source(self, source_id: int) -> None:
        """Know nothing of the subscriptions of a source, until they are learnt again."""
        for group in (self.subscribed, self.ending):
            if (known := group.pop(source_id, None)) is not None:
                self._by_token.pop(known.token, None)

    def find(self, token: str) -> Subscription | None:
        """The subscription of a callback."""
        source_id = self._by_token.get(token, 0)
        found = (self.subscribed.get(source_id), self.ending.get(source_id))
        return next((one for one in found if one is not None and one.token == token), None)

    def learn(self, stored: Iterable[Subscription], latest: datetime) -> None:
        """Follow what is stored: subscriptions that are new, that hubs have granted, and that ended.

        One that was requested after `latest` may not be stored yet.
        """
        by_token = {one.token: one for one in stored}
        for one in by_token.values():
            known = self._group(one).get(one.source_id)
            if one.token not in self._by_token or (known is not None and expires_later(one, known)):
                self.remember(one)
        for known in tuple(self.subscribed.values()):
            if known.token not in by_token and (known.requested_at is None or known.requested_at < latest):
                del self.subscribed[known.source_id]
                self._by_token.pop(known.token, None)

    def _group(self, subscription: Subscription) -> dict[int, Subscription]:
        return self.ending if subscription.ending else self.subscribed
