"""A daemon that is killed at random moments tells of every post at least once, in order."""

import contextlib
import json
import os
import random
import signal
import threading
import time
from typing import Any

import pytest

from tests.support.installation import Installation, Item, feed, prose, until
from tests.support.server import Answer, Received

ENTRIES_PER_POLL = 12
ROUNDS = 3


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Killer:
    """A webhook that kills its daemon at a random request, before it answers."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.pid, self.requests_left = rng, 0, 0
        self.received: list[dict[str, Any]] = []

    def arm(self, pid: int) -> None:
        self.pid, self.requests_left = pid, self.rng.randrange(6, ENTRIES_PER_POLL)

    def __call__(self, request: Received) -> Answer:
        content = json.loads(request.body)
        assert content["id"] == request.header("webhook-id")
        self.received.append(content)
        self.requests_left -= 1
        if self.pid and self.requests_left <= 0:
            pid, self.pid = self.pid, 0
            time.sleep(self.rng.choice((0.0, 0.0, 0.003, 0.03)))
            kill(pid)
        return Answer(204)


@pytest.mark.process
def test_every_post_is_told_of_in_order_by_a_daemon_that_is_killed(installation: Installation):
    killer = Killer(random.Random(7))
    entries: list[str] = []

    def growing_feed(_request: Received) -> Answer:
        entries.extend([f"https://a.example/{len(entries) + n}" for n in range(ENTRIES_PER_POLL)])
        items = [Item(f"第{number}条", url, prose(str(number), 2)) for number, url in enumerate(entries[-30:])]
        return feed(*reversed(items))

    def fatal_feed(request: Received) -> Answer:
        """The feed of a daemon that is killed about when it stores what is in it."""
        threading.Timer(killer.rng.uniform(0.0, 0.3), kill, [running.pid]).start()
        return growing_feed(request)

    installation.server.route("/hook", killer)
    hook = f'[[notify]]\nevents = ["post-new"]\nurl = "{installation.server.url("/hook")}"\n'
    installation.configure({"name": "甲", "path": "/f", "article": "never"}, more=hook)
    for number in range(ROUNDS):
        installation.server.route("/f", fatal_feed if number % 2 else growing_feed)
        installation.execute("UPDATE sources SET next_poll_at = NULL")
        with installation.daemon() as running:
            killer.arm(running.pid)
            assert running.wait(120) == -signal.SIGKILL
    installation.server.route("/f", Answer(304))
    with installation.daemon() as process:
        until(lambda: not installation.rows("SELECT 1 FROM outbox"))
        installation.stop(process)
    firsts = list({content["id"]: content["post"]["id"] for content in killer.received}.values())
    posts = [row["id"] for row in installation.rows("SELECT id FROM posts ORDER BY id")]
    assert firsts == posts, "each post, in the order in which they were stored"
    assert len(posts) > ENTRIES_PER_POLL
    [target] = installation.rows("SELECT * FROM notify_targets")
    assert (target["delivered"], target["dropped"]) == (len(posts), 0)
    repeated = len(killer.received) - len(firsts)
    assert repeated <= ROUNDS, "only what was under way when the daemon was killed is told of twice"
