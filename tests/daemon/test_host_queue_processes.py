"""Several processes on one database, and many sources of one host: the distance holds across them, a reload ends.

The host is a real server on loopback. What is compared are its record of requests and the database: a slow machine only
makes requests later than the bounds that are checked.
"""

import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from ingestd.text.times import from_utc_text, utc_text
from tests.support.installation import Installation, Item, feed, page, prose, until
from tests.support.server import Received

pytestmark = pytest.mark.process

#: The distance of the host, in seconds, and the precision of times in the database.
SPACING_S = 0.3
PRECISION_S = 0.01


def hub(installation: Installation, count: int, *, user_agent: str = "", article: str = "never") -> None:
    """Configure sources /0, /1, … of the one host."""
    installation.server.otherwise(feed())
    installation.configure(
        *({"name": f"hub {number}", "path": f"/{number}", "article": article} for number in range(count)),
        fetch=f'user_agent = "{user_agent}"' if user_agent else "",
        more=f'[hosts."127.0.0.1:{installation.server.port}"]\nmin_delay = "{SPACING_S}s"',
    )


def events(installation: Installation, name: str) -> int:
    return sum(line["event"] == name for line in installation.log())


def wall_time(request: Received) -> datetime:
    """When the server received a request: its loop counts by the monotonic clock."""
    return datetime.now(UTC) - timedelta(seconds=time.monotonic() - request.at)


def test_two_daemons_and_a_fetch_keep_one_distance_at_a_host(installation: Installation):
    count, wanted = 14, ["hub 12", "hub 13"]
    # Two of the sources are those of the fetch alone: a daemon that polled them just then would leave it none.
    hub(installation, count, user_agent="fetch")
    fetching = installation.path.read_text()
    hub(installation, count - len(wanted), user_agent="first")
    host = f"127.0.0.1:{installation.server.port}"
    in_an_hour = utc_text(datetime.now(UTC) + timedelta(hours=1))
    installation.execute("INSERT INTO hosts (host, next_at) VALUES (?, ?)", host, in_an_hour)
    with installation.daemon() as first:
        until(lambda: events(installation, "started") == 1)
        hub(installation, count - len(wanted), user_agent="second")
        with installation.daemon() as second:
            until(lambda: events(installation, "started") == 2)
            installation.path.write_text(fetching)
            assert installation.server.requests == []
            begin = datetime.now(UTC)
            installation.execute("UPDATE hosts SET next_at = ? WHERE host = ?", utc_text(begin), host)
            assert installation.run("fetch", *wanted)[0] == 0
            until(lambda: installation.value("SELECT count(DISTINCT source_id) FROM polls") == count)
            installation.stop(second)
            installation.stop(first)
    requests = sorted(installation.server.requests, key=lambda request: request.at)
    assert {request.path for request in requests} == {f"/{number}" for number in range(count)}
    agents = Counter(str(request.header("user-agent")) for request in requests)
    # Each request was claimed at least so long after `begin`, in whatever order they arrive.
    for number, request in enumerate(requests):
        earliest = begin + timedelta(seconds=number * SPACING_S - PRECISION_S)
        assert wall_time(request) >= earliest, (number, agents)
    assert agents["fetch"] == len(wanted)
    assert agents["first"] + agents["second"] == len(requests) - len(wanted) >= count - len(wanted)
    next_at = from_utc_text(installation.value("SELECT next_at FROM hosts WHERE host = ?", host))
    assert next_at >= begin + timedelta(seconds=len(requests) * SPACING_S - PRECISION_S)
    assert {row["outcome"] for row in installation.rows("SELECT outcome FROM polls")} <= {"ok", "unchanged"}
    assert installation.value("SELECT count(*) FROM refusals") == 0
    assert installation.value("SELECT count(*) FROM leases") == 0


def test_reload_and_stop_with_a_thousand_sources_of_one_host_queued(installation: Installation):
    count = 1000
    articles = [Item(f"第{number}篇", installation.server.url(f"/a/{number}")) for number in range(50)]
    hub(installation, count, article="always")
    for number in range(3):
        installation.server.route(f"/{number}", feed(*articles))
    for number in range(50):
        installation.server.route(f"/a/{number}", page(f"第{number}篇", prose(f"文{number}")))
    with installation.daemon() as daemon:
        until(lambda: len(installation.server.requests) >= 4)
        hub(installation, count - 1, article="always")
        daemon.send_signal(signal.SIGHUP)
        until(lambda: events(installation, "started") == 2)
        asked = len(installation.server.requests)
        until(lambda: len(installation.server.requests) >= asked + 4)
        installation.stop(daemon)
    assert installation.value("SELECT count(*) FROM sources WHERE enabled = 1") == count - 1
    assert installation.value("SELECT count(*) FROM leases") == 0
    assert installation.value("SELECT count(*) FROM sources WHERE failures > 0") == 0
    polled = Counter(request.path for request in installation.server.requests if "/a/" not in request.path)
    twice = [path for path, times in polled.items() if times > 1]
    interrupted = {
        row["url"]
        for row in installation.rows(
            "SELECT s.url FROM polls p JOIN sources s ON s.id = p.source_id WHERE p.outcome = 'interrupted'"
        )
    }
    assert {installation.server.url(path) for path in twice} <= interrupted, "what was polled is not polled again"
    assert installation.value("SELECT count(*) FROM sources WHERE enabled = 1 AND next_poll_at IS NULL") > 900
