"""Subscriptions in the database: stored, deleted with their source, and added to older databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingestd.model.subscription import Subscription
from ingestd.store import schema, subscriptions
from ingestd.store.database import Database
from ingestd.store.integrity import check_database
from ingestd.store.statistics import table_counts
from tests.store import make

NOW = make.NOW
ONE = Subscription(
    source_id=1,
    hub="https://hub.example/",
    topic="https://site.example/文.xml",
    token="a" * 40,
    secret="b" * 64,
    requested_at=NOW,
    expires_at=NOW + timedelta(days=7),
    last_push_at=NOW - timedelta(hours=1),
    lease_s=604_800,
    attempts=2,
    denied_at=NOW - timedelta(days=2),
    pushes=9,
    refused=3,
    error="the hub refuses",
)


@pytest.mark.parametrize("one", [ONE, Subscription(1, "http://h/", "http://t/", "c" * 40, "d" * 64)])
def test_subscription_round_trip(database, one):
    make.configured(database)
    database.write(subscriptions.save_subscription, replace(ONE, pushes=1), "active")
    database.write(subscriptions.save_subscription, one, "asked")
    assert database.read(subscriptions.all_subscriptions) == [one]
    assert make.value(database, "SELECT state FROM subscriptions") == "asked"


def test_error_has_no_secrets_of_addresses(database):
    make.configured(database)
    refused = replace(ONE, error="the hub refuses https://me:word@hub.example/sub?token=abc&topic=x: no")
    database.write(subscriptions.save_subscription, refused, "asked")
    told = make.value(database, "SELECT error FROM subscriptions")
    assert told == "the hub refuses https://hub.example/sub?token=***&topic=x: no"


def test_ending_subscription_round_trip(database):
    make.configured(database)
    database.write(subscriptions.save_subscription, replace(ONE, ending=True), "ending")
    assert database.read(subscriptions.all_subscriptions) == [replace(ONE, ending=True)]


def test_listing_has_no_secrets(database):
    make.configured(database)
    database.write(subscriptions.save_subscription, ONE, "active")
    [row] = database.read(subscriptions.subscriptions_without_secrets)
    assert (row["hub"], row["error"], row["pushes"]) == (ONE.hub, ONE.error, 9)
    assert ONE.token not in str(row)
    assert ONE.secret not in str(row)


def test_delete_subscription(database):
    make.configured(database)
    database.write(subscriptions.save_subscription, ONE, "active")
    database.write(subscriptions.delete_subscription, 1)
    assert database.read(subscriptions.all_subscriptions) == []


def test_subscription_of_an_unknown_source_is_not_stored(database):
    database.write(subscriptions.save_subscription, replace(ONE, source_id=99), "active")
    assert database.read(subscriptions.all_subscriptions) == []


def test_subscription_is_deleted_with_its_source(database):
    make.configured(database)
    database.write(subscriptions.save_subscription, ONE, "active")
    make.run(database, "DELETE FROM sources")
    assert database.read(subscriptions.all_subscriptions) == []


def test_subscriptions_survive_the_upgrade(empty_url, file):
    make.configured(file)
    with Database(empty_url) as database:
        with database.engine.begin() as connection:
            schema._upgrade(connection, "0003")
        make.fill_like(database, file)
        values = "1, 'https://hub.example/', 'https://t/', 'a', 'b', 'active', 3, 7"
        make.run(
            database,
            "INSERT INTO subscriptions (source_id, hub, topic, token, secret, state, attempts, pushes)"
            f" VALUES ({values})",
        )
        assert database.upgrade(now=NOW)[:2] == ("0003", schema.head())
        assert check_database(database.engine) == []
        expected = Subscription(1, "https://hub.example/", "https://t/", "a", "b", attempts=3, pushes=7)
        assert database.read(subscriptions.all_subscriptions) == [expected]


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_filled_older_database_gets_the_table(empty_url, revision, file):
    make.configured(file)
    make.store(file, *(make.new(n) for n in range(1, 6)))
    with Database(empty_url) as database:
        with database.engine.begin() as connection:
            schema._upgrade(connection, revision)
        make.fill_like(database, file)
        before, after, _ = database.upgrade(now=NOW)
        assert (before, after) == (revision, schema.head())
        assert check_database(database.engine) == []
        assert database.read(table_counts)["posts"] == 5
        database.write(subscriptions.save_subscription, ONE, "active")
        assert database.read(subscriptions.all_subscriptions) == [ONE]
