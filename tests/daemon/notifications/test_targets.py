"""Webhooks on a server on loopback, and commands that are real programs."""

import base64
import hashlib
import hmac
import json
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.daemon.notifications.targets import Command, DeliveryError, configured_targets
from ingestd.model.errors import ConfigError
from ingestd.policy.notifications import Notification, notification
from tests.support.installation import until
from tests.support.server import RESET, Answer, Raw, Server

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
SENT = notification(1, "post-new", "2026-11-22T17:00:00.000Z", {"post": {"title": "标题"}})


@asynccontextmanager
async def webhook(url: str, more: str = "", path: Path = Path("x.toml"), fetch: str = ""):
    """The target of a configuration with one webhook."""
    text = f'{fetch}\n[[notify]]\nname = "one"\nevents = ["post-new"]\nurl = "{url}"\n{more}'
    target = configured_targets(parse_config(text, path, {}), lambda: NOW)["one"]
    await target.open()
    try:
        yield target
    finally:
        await target.close()


async def test_webhook_posts_signed_json_to_a_private_address(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("word\n")
    async with Server() as server:
        server.route("/hook", Answer(204))
        more = f'secret_file = "{secret}"\nheaders = {{ Authorization = "Bearer x" }}'
        async with webhook(server.url("/hook"), more) as target:
            await target.deliver(SENT)
        [request] = server.requests
    assert (request.method, request.body) == ("POST", SENT.body)
    assert json.loads(request.body)["post"] == {"title": "标题"}
    assert request.header("content-type") == "application/json"
    assert request.header("authorization") == "Bearer x"
    assert request.header("webhook-id") == SENT.id
    signed = f"{SENT.id}.{int(NOW.timestamp())}.".encode() + request.body
    digest = base64.b64encode(hmac.new(b"word", signed, hashlib.sha256).digest()).decode()
    assert request.header("webhook-signature") == f"v1,{digest}"


@pytest.mark.parametrize(
    ("reply", "reason", "retry_after_s"),
    [
        (Answer(500), "server-error: ", None),
        (Answer(400), "http-error: ", None),
        (Answer(503, headers={"Retry-After": "120"}), "status 503", 120.0),
        (Answer(302, headers={"Location": "/other"}), "redirect-failed: ", None),
        (Raw(RESET), "connection-lost: ", None),
    ],
)
async def test_webhook_that_does_not_take_an_event(reply, reason, retry_after_s):
    async with Server() as server:
        server.route("/secret-path", reply)
        async with webhook(server.url("/secret-path")) as target:
            with pytest.raises(DeliveryError, match=reason) as raised:
                await target.deliver(SENT)
        assert [request.path for request in server.requests] == ["/secret-path"] * len(server.requests)
    assert raised.value.retry_after_s == retry_after_s
    assert "secret-path" not in str(raised.value)


async def test_webhook_goes_through_the_proxy_unless_it_says_none():
    async with Server() as server, Server() as proxy:
        server.route("/hook", Answer(204))
        proxy.otherwise(Answer(204))
        fetch = f'[fetch]\nproxy = "{proxy.url("")}"'
        async with webhook(server.url("/hook"), fetch=fetch) as target:
            await target.deliver(SENT)
        assert (len(server.requests), len(proxy.requests)) == (0, 1)
        async with webhook(server.url("/hook"), 'proxy = ""', fetch=fetch) as target:
            await target.deliver(SENT)
        assert (len(server.requests), len(proxy.requests)) == (1, 1)


def test_secret_file_that_cannot_be_read_is_named(tmp_path):
    text = '[[notify]]\nevents = ["post-new"]\nurl = "https://a.example/"\nsecret_file = "none"'
    config = parse_config(text, tmp_path / "x.toml", {})
    with pytest.raises(ConfigError, match=r"the target 'a.example' of notifications: its secret_file .*/none cannot"):
        configured_targets(config, lambda: NOW)


def python(script: str, *arguments: str, timeout_s: float = 60.0) -> Command:
    """A command that runs a script."""
    return Command((sys.executable, "-S", "-c", script, *arguments), timeout_s)


def _is_running(pid: str) -> bool:
    """Whether a process runs: one that has ended may still wait for its parent to ask how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.process
class TestCommand:
    async def test_it_reads_the_event_on_standard_input(self, tmp_path):
        script = (
            "import sys, os; open(sys.argv[1], 'wb').write(os.environ['INGESTD_EVENT'].encode()"
            " + b'|' + sys.stdin.buffer.read())"
        )
        await python(script, str(tmp_path / "out")).deliver(SENT)
        assert (tmp_path / "out").read_bytes() == b"post-new|" + SENT.body + b"\n"

    @pytest.mark.parametrize(
        ("script", "reason"),
        [
            ("import sys; sys.exit(3)", r"ended with status 3$"),
            ("import sys; sys.exit('no\\n  such\\x1b list')", r"ended with status 1: no such\x1b list$"),
            ("import sys; sys.exit('x' * 100_000)", r"ended with status 1: x{200}$"),
            ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", r"ended with status -15$"),
        ],
    )
    async def test_a_status_other_than_0_has_not_taken_it(self, script, reason):
        with pytest.raises(DeliveryError, match=reason):
            await python(script).deliver(SENT)

    async def test_what_is_said_last_is_read_after_the_end_of_the_program(self):
        script = (
            "import os, sys\n"
            "parent = os.getpid()\n"
            "if os.fork() == 0:\n"
            "    while os.getppid() == parent: pass\n"
            "    for _ in range(2_000_000): pass\n"
            "    sys.exit('no such list')\n"
            "os._exit(3)\n"
        )
        with pytest.raises(DeliveryError, match="ended with status 3: no such list"):
            await python(script).deliver(SENT)

    async def test_a_command_that_reads_nothing_may_take_it(self):
        await python("pass").deliver(Notification("1", "post-new", b"x" * 1_000_000))

    async def test_a_command_beyond_its_time_is_ended_with_its_children(self, tmp_path):
        child = tmp_path / "child"
        script = (
            "import os, sys, signal, time\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "if os.fork() == 0:\n"
            "    open(sys.argv[1], 'w').write(str(os.getpid()))\n"
            "signal.pause()"
        )
        with pytest.raises(DeliveryError, match=r"was ended after 1 s"):
            await python(script, str(child), timeout_s=1.0).deliver(SENT)
        until(lambda: not _is_running(child.read_text()))

    async def test_a_command_that_does_not_exist(self):
        with pytest.raises(DeliveryError, match=r"/no/such cannot be started: .*No such file"):
            await Command(("/no/such",), 5.0).deliver(SENT)
