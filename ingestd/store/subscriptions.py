"""The table `subscriptions`: WebSub subscriptions at hubs. Only `all_subscriptions` reads their secrets."""

from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select

from ingestd.identity.urls import redact_text
from ingestd.model.subscription import Subscription
from ingestd.store.codec import optional_moment, optional_utc_text
from ingestd.store.models import sources, subscriptions
from ingestd.store.prepared_statements import upsert


def all_subscriptions(connection: Connection) -> list[Subscription]:
    """Every subscription, in the order of the sources."""
    return [_subscription(row) for row in connection.execute(select(subscriptions).order_by(subscriptions.c.source_id))]


def subscriptions_without_secrets(connection: Connection) -> list[dict[str, Any]]:
    """Every subscription, all columns except the two secrets, `token` and `secret`."""
    columns = [column for column in subscriptions.c if column.name not in ("token", "secret")]
    return [dict(row) for row in connection.execute(select(*columns)).mappings()]


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        source_id=row.source_id,
        hub=row.hub,
        topic=row.topic,
        token=row.token,
        secret=row.secret,
        requested_at=optional_moment(row.requested_at),
        expires_at=optional_moment(row.expires_at),
        last_push_at=optional_moment(row.last_push_at),
        lease_s=row.lease_s,
        attempts=row.attempts,
        denied_at=optional_moment(row.denied_at),
        pushes=row.pushes,
        refused=row.refused,
        ending=row.state == "ending",
        error=row.error,
    )


def save_subscription(connection: Connection, subscription: Subscription, state: str) -> None:
    """Store a source's subscription in place of any other; do nothing where the source does not exist.

    `state` is the word for the column of that name.
    """
    if not connection.execute(select(exists().where(sources.c.id == subscription.source_id))).scalar():
        return
    values = {
        "hub": subscription.hub,
        "topic": subscription.topic,
        "token": subscription.token,
        "secret": subscription.secret,
        "state": state,
        "requested_at": optional_utc_text(subscription.requested_at),
        "expires_at": optional_utc_text(subscription.expires_at),
        "last_push_at": optional_utc_text(subscription.last_push_at),
        "lease_s": subscription.lease_s,
        "attempts": subscription.attempts,
        "denied_at": optional_utc_text(subscription.denied_at),
        "pushes": subscription.pushes,
        "refused": subscription.refused,
        "error": redact_text(subscription.error) if subscription.error else None,
    }
    statement = upsert(connection, subscriptions).values(source_id=subscription.source_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["source_id"], set_=values))


def delete_subscription(connection: Connection, source_id: int) -> None:
    """Delete the subscription of a source."""
    connection.execute(delete(subscriptions).where(subscriptions.c.source_id == source_id))
