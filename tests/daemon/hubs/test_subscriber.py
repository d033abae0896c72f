"""The daemon and a hub on loopback: subscribed, verified, pushed to, renewed; other senders are rejected."""

import asyncio
import contextlib
import hmac
import io
import os
import shutil
import signal
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from sqlalchemy import text

from ingestd.config.load import parse_config
from ingestd.daemon import app
from ingestd.daemon.app import Daemon
from ingestd.daemon.hubs.rate_limits import MAX_WRITES
from ingestd.daemon.hubs.subscriber import HubSubscriber
from ingestd.daemon.poller import Poller
from ingestd.model.errors import ConfigError
from ingestd.store import subscriptions
from ingestd.store.database import Database
from ingestd.store.leases import acquire_leases
from ingestd.text.times import utc_text
from tests.support.installation import HANG_S
from tests.support.server import Answer, Server

CONFIG = """
[database]
url = "sqlite:///{path}"
[fetch]
allow_networks = ["127.0.0.1/32"]
min_delay = "0s"
[websub]
callback_url = "{callback}"
listen = "127.0.0.1:{port}"
[[sources]]
name = "苇港"
url = "{feed}"
article = "never"
"""
FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>苇港日报</title>
<link rel="hub" href="{hub}"/><link rel="self" href="{topic}"/>{entries}</feed>"""
ENTRY = """<entry><id>urn:{n}</id><title>第{n}期</title><link href="https://site.example/{n}"/>
<published>2026-11-0{n}T08:00:00Z</published><content type="text">渡轮今日停航，第{n}次。</content></entry>"""


class Hub:
    """A site, its hub, and the daemon that archives the site."""

    def __init__(self, server: Server, database: Database, callback: str) -> None:
        self.server = server
        self.database = database
        self.callback = callback
        self.ahead = timedelta()

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def feed(self, *numbers: int, hub: str | None = None) -> str:
        entries = "".join(ENTRY.format(n=n) for n in numbers)
        return FEED.format(hub=hub or self.server.url("/hub"), topic=self.server.url("/feed"), entries=entries)

    def rows(self, query: str) -> list[Any]:
        return self.database.read(lambda connection: list(connection.execute(text(query)).scalars()))

    def row(self, table: str) -> dict[str, Any]:
        return self.database.read(
            lambda connection: dict(connection.execute(text(f"SELECT * FROM {table}")).mappings().one())
        )

    async def until(self, query: str, expected: list[Any], seconds: float = HANG_S) -> None:
        """Wait until a query gives what is expected."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.rows(query) != expected:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        assert self.rows(query) == expected

    async def asked(self, times: int = 1) -> dict[str, str]:
        """The daemon's form, once it has come for the given time."""
        async with asyncio.timeout(HANG_S):
            while len(self.server.to("/hub")) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        form = parse_qs(self.server.to("/hub")[-1].body.decode())
        return {name: values[0] for name, values in form.items()}

    async def verify(self, form: dict[str, str], *, lease_s: int = 86_400, mode: str = "subscribe") -> tuple[int, str]:
        query = {"hub.mode": mode, "hub.topic": form["hub.topic"], "hub.challenge": "文abc"}
        async with aiohttp.ClientSession() as session:
            asking = session.get(form["hub.callback"], params={**query, "hub.lease_seconds": str(lease_s)})
            async with asking as answer:
                return answer.status, await answer.text()

    async def push(self, form: dict[str, str], body: str, *, secret: str | None = None, **headers: str) -> int:
        key = form["hub.secret"] if secret is None else secret
        signature = hmac.new(key.encode(), body.encode(), "sha256").hexdigest()
        sent = {"X-Hub-Signature": f"sha256={signature}", "Content-Type": "application/atom+xml", **headers}
        async with (
            aiohttp.ClientSession() as session,
            session.post(form["hub.callback"], data=io.BytesIO(body.encode()), headers=sent) as answer,
        ):
            return answer.status


@contextlib.asynccontextmanager
async def running(hub: Hub, configuration: str, folder: Path):
    """The real daemon, stopped by a real signal."""
    config = parse_config(configuration, folder / "ingestd.toml", {})
    task = asyncio.create_task(Daemon(config, hub.database, clock=hub.clock).run())
    try:
        await hub.until("SELECT count(*) FROM polls", [1])
        yield
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(HANG_S):
            await task


@pytest.fixture
def port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def hub(tmp_path: Path, port: int, shared_pool: object, empty_database: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copy(empty_database, tmp_path / "ingestd.db")
    with Server() as server, Database(f"sqlite:///{tmp_path}/ingestd.db") as database:
        made = Hub(server, database, f"http://127.0.0.1:{port}/push")
        monkeypatch.setattr(Poller, "interval_s", 0.05)
        server.route("/hub", Answer(202))
        server.route("/feed", Answer(body=made.feed(1)))
        yield made


@pytest.fixture
def configuration(hub: Hub, tmp_path: Path, port: int) -> str:
    return CONFIG.format(path=tmp_path / "ingestd.db", callback=hub.callback, port=port, feed=hub.server.url("/feed"))


TITLES = "SELECT title FROM posts ORDER BY title"


async def test_subscription_from_first_poll_to_renewal(hub, configuration, tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO", "ingestd")
    monkeypatch.setattr(HubSubscriber, "interval_s", 0.1)
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", hub.server.url("/feed"))
        assert form["hub.callback"].startswith(f"{hub.callback}/")
        assert hub.row("subscriptions")["state"] == "asked"
        assert await hub.verify(form) == (200, "文abc")
        assert hub.row("subscriptions")["state"] == "active"
        before = hub.row("sources")

        # A push is stored at once, by the same line, and holds only what is new.
        assert await hub.push(form, hub.feed(2)) == 202
        await hub.until(TITLES, ["第1期", "第2期"])
        await hub.until("SELECT pushes FROM subscriptions", [1])
        assert hub.rows("SELECT outcome || new || suspected_loss FROM polls ORDER BY id") == ["ok10", "ok10"]
        assert hub.rows("SELECT count(source_id) FROM leases") == [0]
        after = hub.row("sources")
        assert after["interval_s"] > 3 * before["interval_s"], "polling slows down"
        for kept in ("body_digest", "etag", "last_polled_at", "redirects", "failures"):
            assert after[kept] == before[kept], kept

        # What was pushed is known when the feed is polled, and what it left out is still known.
        hub.server.route("/feed", Answer(body=hub.feed(1, 2)))
        hub.ahead = timedelta(hours=20)
        await hub.until("SELECT count(*) FROM polls", [3])
        assert hub.rows("SELECT known || ' ' || new FROM polls ORDER BY id DESC LIMIT 1") == ["2 0"]
        assert hub.row("sources")["interval_s"] > 3 * before["interval_s"], "and stays slow while pushes arrive"

        # Before the lease ends the hub is asked again, for the same callback.
        hub.ahead = timedelta(hours=22)
        again = await hub.asked(2)
        assert (again["hub.callback"], again["hub.secret"]) == (form["hub.callback"], form["hub.secret"])
        assert (await hub.verify(again))[0] == 200
        await hub.until("SELECT state FROM subscriptions WHERE requested_at IS NULL", ["active"])
    said = " ".join(f"{record.getMessage()} {getattr(record, 'fields', '')}" for record in caplog.records)
    assert "subscribed" in said
    token = form["hub.callback"].rpartition("/")[2]
    assert token not in said
    assert form["hub.secret"] not in said


async def test_requests_of_others_than_the_hub_are_rejected(hub, configuration, tmp_path, caplog):
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        await hub.push(form, hub.feed(2))
        assert (await hub.verify({**form, "hub.topic": "https://other.example/"}))[0] == 404
        assert (await hub.verify(form))[0] == 200
        assert await hub.push(form, hub.feed(3), secret="guessed") == 202
        assert await hub.push(form, hub.feed(3), **{"X-Hub-Signature": ""}) == 202
        assert await hub.push(form, hub.feed(3), **{"Content-Encoding": "gzip"}) == 415
        assert await hub.push({**form, "hub.callback": f"{hub.callback}/{'a' * 40}"}, hub.feed(3)) == 404
        assert await hub.push(form, "x" * 2_100_000) == 413
        await hub.until("SELECT refused FROM subscriptions", [2])
        assert await hub.push(form, hub.feed(4)) == 202
        await hub.until(TITLES, ["第1期", "第4期"])
    assert hub.rows("SELECT count(*) FROM polls") == [2]
    assert [record.getMessage() for record in caplog.records].count("push-refused") == 2


async def test_many_forged_pushes_are_counted_with_few_writes_and_lines(
    hub, configuration, tmp_path, caplog, monkeypatch
):
    written = []
    save = subscriptions.save_subscription

    def saved(connection, subscription, state):
        written.append(subscription.refused)
        save(connection, subscription, state)

    monkeypatch.setattr(subscriptions, "save_subscription", saved)
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
        await hub.until("SELECT state FROM subscriptions", ["active"])
        before = len(written)
        for _ in range(30):
            assert await hub.push(form, hub.feed(3), secret="guessed") == 202
            assert await hub.push({**form, "hub.callback": f"{hub.callback}/{'a' * 40}"}, hub.feed(3)) == 404
        assert len(written) - before <= MAX_WRITES
    assert len(written) - before <= MAX_WRITES + 1
    assert hub.rows("SELECT refused FROM subscriptions") == [30]
    said = [record.getMessage() for record in caplog.records]
    assert said.count("push-refused") <= MAX_WRITES
    assert said.count("callback-flooded") == 1


async def test_a_push_that_is_no_feed_only_brings_the_poll_forward(hub, configuration, tmp_path):
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
        hub.server.route("/feed", Answer(body=hub.feed(1, 2)))
        assert await hub.push(form, "there is news") == 202
        await hub.until(TITLES, ["第1期", "第2期"])
        # At once, but not for every such push.
        assert await hub.push(form, "there is news") == 202
        await hub.until("SELECT outcome FROM polls ORDER BY id", ["ok", "not-a-feed", "ok", "not-a-feed"])
        source = hub.row("sources")
        assert (source["failures"], source["last_outcome"]) == (0, "ok")
        assert source["next_poll_at"] > source["last_polled_at"]
        assert hub.rows("SELECT pushes FROM subscriptions") == [0]


@pytest.mark.parametrize("answer", [Answer(500), Answer(404), Answer(302, headers={"Location": "/elsewhere"}), None])
async def test_failing_hub_does_not_affect_polls(hub, configuration, tmp_path, caplog, answer):
    if answer is None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            closed = f"http://127.0.0.1:{taken.getsockname()[1]}/hub"
        hub.server.route("/feed", Answer(body=hub.feed(1, hub=closed)))
    else:
        hub.server.route("/hub", answer)
    async with running(hub, configuration, tmp_path):
        async with asyncio.timeout(HANG_S):
            while "subscribe" not in [record.getMessage() for record in caplog.records]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert hub.rows(TITLES) == ["第1期"]
    assert hub.row("sources")["failures"] == 0
    assert (hub.row("subscriptions")["state"], hub.row("subscriptions")["attempts"]) == ("asked", 1)


async def test_hub_is_replaced_refuses_and_is_removed(hub, configuration, tmp_path):
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form, mode="denied"))[0] == 200
        await hub.until("SELECT state || ': ' || error FROM subscriptions", ["denied: the hub refuses"])
        hub.server.route("/feed", Answer(body=hub.feed(1, 2, hub=hub.server.route("/second", Answer(202)))))
        hub.ahead = timedelta(hours=2)
        await hub.until("SELECT hub FROM subscriptions", [hub.server.url("/second")])
        assert (await hub.verify(form))[0] == 404, "the first hub's callback is gone"
        hub.server.route("/feed", Answer(body=hub.feed(1, 2, 3).replace('rel="hub"', 'rel="other"')))
        hub.ahead = timedelta(hours=8)
        await hub.until("SELECT count(*) FROM subscriptions", [0])


async def test_hub_of_the_link_header_takes_precedence(hub, configuration, tmp_path):
    headers = {"Link": f'<{hub.server.url("/first")}>; rel="hub", </topic>; rel=self'}
    hub.server.route("/first", Answer(202))
    hub.server.route("/feed", Answer(body=hub.feed(1), headers=headers))
    async with running(hub, configuration, tmp_path):
        await hub.until("SELECT hub FROM subscriptions", [hub.server.url("/first")])
        assert hub.rows("SELECT topic FROM subscriptions") == [hub.server.url("/topic")]
        # An answer without a feed in it need not repeat it, and nothing ends by that.
        hub.server.route("/feed", Answer(body=hub.feed(1)))
        hub.ahead = timedelta(hours=2)
        await hub.until("SELECT outcome FROM polls ORDER BY id", ["ok", "unchanged"])
        # What a poll leads to is done before the source is polled again.
        hub.ahead = timedelta(hours=8)
        await hub.until("SELECT outcome FROM polls ORDER BY id", ["ok", "unchanged", "unchanged"])
        assert hub.rows("SELECT state FROM subscriptions") == ["asked"]
    assert hub.server.to("/hub") == []


async def ended(hub: Hub, times: int, form: dict[str, str]) -> None:
    """Unsubscribe at the hub, answer its verification, and expect that no subscription is stored."""
    leaving = await hub.asked(times)
    assert (leaving["hub.mode"], leaving["hub.topic"]) == ("unsubscribe", form["hub.topic"])
    assert leaving["hub.callback"] == form["hub.callback"]
    assert (await hub.verify(form))[0] == 404, "it is not renewed"
    await hub.push(form, hub.feed(9))
    assert await hub.verify(leaving, mode="unsubscribe") == (200, "文abc")
    await hub.until("SELECT count(*) FROM subscriptions WHERE state = 'ending'", [0])
    assert (await hub.verify(leaving, mode="unsubscribe"))[0] == 404
    assert "第9期" not in hub.rows(TITLES)


async def test_feed_without_its_hub_is_unsubscribed(hub, configuration, tmp_path):
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
        hub.server.route("/feed", Answer(body=hub.feed(1, 2).replace('rel="hub"', 'rel="other"')))
        hub.ahead = timedelta(hours=8)
        await ended(hub, 2, form)
        assert hub.rows("SELECT count(*) FROM subscriptions") == [0]


async def test_replaced_hub_gets_an_unsubscribe_request(hub, configuration, tmp_path):
    second = hub.server.route("/second", Answer(202))
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
        hub.server.route("/feed", Answer(body=hub.feed(1, 2, hub=second)))
        hub.ahead = timedelta(hours=8)
        await hub.until("SELECT hub FROM subscriptions", [second])
        await ended(hub, 2, form)
        assert hub.rows("SELECT hub FROM subscriptions") == [second]


async def test_source_with_status_gone_is_unsubscribed(hub, configuration, tmp_path):
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
        hub.server.route("/feed", Answer(410))
        hub.ahead = timedelta(hours=8)
        await ended(hub, 2, form)
        hub.ahead = timedelta(hours=16)
        await hub.until("SELECT paused FROM sources", [1])


async def test_source_removed_from_the_configuration_is_unsubscribed(hub, configuration, tmp_path, monkeypatch):
    monkeypatch.setattr(HubSubscriber, "interval_s", 0.1)
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
    off = configuration + "enabled = false\n"
    # The hub is down at first, and the daemon started anew: it is asked again, an hour later.
    hub.server.route("/hub", Answer(500))
    async with running(hub, off, tmp_path):
        await hub.asked(2)
        await hub.until("SELECT state || error IS NOT NULL FROM subscriptions", [1])
    hub.ahead = timedelta(hours=1.5)
    async with running(hub, off, tmp_path):
        await ended(hub, 3, form)
    assert hub.rows("SELECT count(*) FROM subscriptions") == [0]


async def test_unverified_unsubscription_is_deleted_when_the_lease_expires(hub, configuration, tmp_path, monkeypatch):
    monkeypatch.setattr(HubSubscriber, "interval_s", 0.1)
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form, lease_s=3600))[0] == 200
    async with running(hub, configuration + "enabled = false\n", tmp_path):
        await hub.asked(2)
        hub.ahead = timedelta(hours=2)
        await hub.until("SELECT count(*) FROM subscriptions", [0])


async def test_changing_topic_is_subscribed_to_once(hub, configuration, tmp_path):
    hub.server.route("/feed", *(Answer(body=hub.feed(n).replace("/feed", f"/feed?{n}")) for n in (1, 2, 3)))
    async with running(hub, configuration, tmp_path):
        await hub.asked()
        for polls, minutes in ((2, 40), (3, 50)):
            hub.ahead = timedelta(minutes=minutes)
            hub.database.write(lambda connection: connection.execute(text("UPDATE sources SET next_poll_at = NULL")))
            await hub.until("SELECT count(*) FROM polls", [polls])
    assert len(hub.server.to("/hub")) == 1


async def test_push_that_is_still_queued_at_the_stop_is_fetched_later(hub, configuration, tmp_path, monkeypatch):
    """Another process polls the source until the daemon stops."""
    monkeypatch.setattr(app, "GRACE_S", 0.2)
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
        hub.database.write(acquire_leases, [1], "elsewhere:1:abc", hub.clock(), 3000.0)
        assert hub.row("sources")["next_poll_at"] > utc_text(hub.clock())
        assert await hub.push(form, hub.feed(2)) == 202
    assert hub.rows(TITLES) == ["第1期"]
    assert hub.row("sources")["next_poll_at"] <= utc_text(hub.clock())


async def test_subscriptions_survive_a_restart(hub, configuration, tmp_path):
    async with running(hub, configuration, tmp_path):
        form = await hub.asked()
        assert (await hub.verify(form))[0] == 200
    hub.database.write(lambda connection: connection.execute(text("DELETE FROM polls")))
    config = parse_config(configuration, tmp_path / "ingestd.toml", {})
    task = asyncio.create_task(Daemon(config, hub.database, clock=hub.clock).run())
    async with asyncio.timeout(HANG_S):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                assert await hub.push(form, hub.feed(2)) == 202
                break
            await asyncio.sleep(0.05)
    await hub.until(TITLES, ["第1期", "第2期"])
    os.kill(os.getpid(), signal.SIGTERM)
    await task


async def test_without_callback_url_websub_is_off(hub, configuration, tmp_path, port):
    off = configuration.replace(f'callback_url = "{hub.callback}"', "")
    async with running(hub, off, tmp_path):
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), 1)
    assert (hub.server.to("/hub"), hub.rows("SELECT count(*) FROM subscriptions")) == ([], [0])


async def test_port_in_use_does_not_stop_polling(hub, configuration, tmp_path, port, caplog):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        async with running(hub, configuration, tmp_path):
            pass
    assert hub.rows(TITLES) == ["第1期"]
    assert "websub-failed" in [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('callback_url = "push.example"', "callback_url: an absolute"),
        ('callback_url = "https://me.example/?x=1"', "callback_url: an absolute"),
        ('listen = "8088"', "listen: an address and a port"),
        ('listen = "127.0.0.1:99999"', "listen: an address and a port"),
    ],
)
def test_invalid_websub_settings_are_reported(line, wrong, tmp_path):
    with pytest.raises(ConfigError, match=wrong):
        parse_config(f"[websub]\n{line}\n", tmp_path / "x.toml", {})


@pytest.mark.parametrize(
    ("listen", "address"),
    [("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:8088", ("::1", 8088)), ("localhost:1", ("localhost", 1))],
)
def test_listening_address(listen, address, tmp_path):
    config = parse_config(
        f'[websub]\nlisten = "{listen}"\ncallback_url = "https://me.example/push"', tmp_path / "x", {}
    )
    assert config.websub.address == address
