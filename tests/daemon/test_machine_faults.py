"""The daemon, as a process, on a machine whose clock jumps, or whose DNS is gone for a while."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.dns import name_server
from tests.support.growing_sites import Sites, check, is_complete, poll_now
from tests.support.installation import Installation, until

pytestmark = [pytest.mark.process, pytest.mark.long]

#: Seconds within which a source is polled again that was polled while nothing could be reached, at most.
MAX_OFFLINE_WAIT_S = 330.0
#: Seconds without DNS in the test that waits for them by the clock: it is run where they are given, 3600 for an hour.
OUTAGE_S = float(os.environ.get("INGESTD_TEST_DNS_OUTAGE_S", "0"))


def _false_clock(folder: Path) -> tuple[Callable[[int], None], dict[str, str]]:
    """Sets a clock so many days ahead, and the variables of a process that has it."""
    library, offset = folder / "false_clock.so", folder / "offset"
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is installed")
    source = Path(__file__).parents[1] / "support/false_clock.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source], check=True)
    offset.write_bytes(bytes(8))

    def set_ahead(days: int) -> None:
        with offset.open("r+b") as file:
            file.write((days * 86_400).to_bytes(8, sys.byteorder, signed=True))

    return set_ahead, {"LD_PRELOAD": str(library), "FALSE_CLOCK": str(offset)}


def _polls_have_ended(installation: Installation, count: int) -> bool:
    """Whether so many polls have stored what they found, and none is under way."""
    ended = "(SELECT count(*) FROM polls WHERE outcome = 'ok') >= ? AND (SELECT count(source_id) FROM leases) = 0"
    return bool(installation.value(f"SELECT {ended}", count))


def test_a_clock_that_jumps_while_feeds_are_polled(installation: Installation) -> None:
    """A year forward, back to yesterday, and forward to the true time: each time what is due is polled at once."""
    sites = Sites(installation.server, sources=3, max_entries=30)
    sites.configure(installation)
    set_ahead, variables = _false_clock(installation.folder)
    with installation.daemon(hurried=True, **variables) as daemon:
        until(lambda: _polls_have_ended(installation, 3))
        for days in (365, -1, 0):
            before = dict(sites.entries)
            set_ahead(days)
            until(lambda before=before: all(sites.entries[name] > before[name] for name in before))  # type: ignore[misc]
            until(lambda: _polls_have_ended(installation, sum(sites.entries.values())))
        assert daemon.poll() is None
        installation.stop(daemon)
    said = [line for line in installation.log() if line["event"] == "clock-set"]
    assert [round(line["seconds"] / 86_400) for line in said] == [365, -366, 1]
    assert {line["event"] for line in installation.log()} & {"internal-error", "store-failed"} == set()
    check(installation, sites)


def test_dns_that_is_gone_for_a_while(installation: Installation) -> None:
    sites = Sites(installation.server, sources=6, max_entries=30, own_hosts=True)
    sites.configure(installation)
    with name_server(installation.folder) as (names, through):
        with installation.daemon(hurried=True, through=through) as daemon:
            until(lambda: is_complete(installation, sites) and min(sites.entries.values()) >= 1)
            entries = sum(sites.entries.values())
            for mode in ("fails", "silent", "fails"):
                names.mode = mode
                polls = installation.value("SELECT count(*) FROM polls")
                poll_now(installation)
                until(lambda polls=polls: installation.value("SELECT count(*) FROM polls") >= polls + 6)  # type: ignore[misc]
            assert installation.rows("SELECT DISTINCT last_outcome FROM sources") == [{"last_outcome": "offline"}]
            # Those that failed before it was clear that no name is found count one failure.
            assert installation.value("SELECT max(failures) FROM sources") <= 1
            assert installation.value("SELECT count(*) FROM sources WHERE condition IS NOT NULL") == 0
            told = installation.command("status")[1]
            assert "Check its network; no source is blamed." in told
            waits = "SELECT (julianday(next_poll_at) - julianday(last_polled_at)) * 86400 AS s FROM sources"
            assert all(row["s"] <= MAX_OFFLINE_WAIT_S for row in installation.rows(waits))
            assert sum(sites.entries.values()) == entries
            names.mode = "answers"
            poll_now(installation)
            until(lambda: sum(sites.entries.values()) >= entries + 6 and is_complete(installation, sites))
            until(lambda: installation.rows("SELECT DISTINCT last_outcome AS o FROM sources") == [{"o": "ok"}])
            assert installation.value("SELECT max(failures) FROM sources") == 0
            installation.stop(daemon)
        sites.is_growing = False
        titles = [row["title"] for row in installation.rows("SELECT title FROM posts")]
        assert sorted(titles) == sites.titles()


@pytest.mark.skipif(OUTAGE_S == 0, reason="INGESTD_TEST_DNS_OUTAGE_S is not set")
def test_dns_that_is_gone_by_the_clock(installation: Installation) -> None:
    """Nobody asks for a poll: the daemon looks again by itself, not often, and goes on when names are found again."""
    sites = Sites(installation.server, sources=6, max_entries=30, own_hosts=True)
    sites.configure(installation)
    with name_server(installation.folder) as (names, through):
        with installation.daemon(hurried=True, through=through) as daemon:
            until(lambda: is_complete(installation, sites) and _polls_have_ended(installation, 6))
            before, polls = dict(sites.entries), installation.value("SELECT count(*) FROM polls")
            names.mode = "fails"
            poll_now(installation)
            time.sleep(OUTAGE_S)
            assert daemon.poll() is None and sites.entries == before
            rounds = (installation.value("SELECT count(*) FROM polls") - polls) / 6
            assert OUTAGE_S / MAX_OFFLINE_WAIT_S / 2 <= rounds <= 2 + OUTAGE_S / 60
            assert installation.value("SELECT count(*) FROM sources WHERE condition IS NOT NULL") == 0
            names.mode = "answers"
            end = time.monotonic() + MAX_OFFLINE_WAIT_S + 60
            while not (is_complete(installation, sites) and all(sites.entries[name] > before[name] for name in before)):
                assert time.monotonic() < end, "not polled again"
                time.sleep(1)
            assert installation.value("SELECT max(failures) FROM sources") == 0
            installation.stop(daemon)
        log = installation.log()
        print(f"{rounds:.1f} rounds of polls in {OUTAGE_S:.0f} s, {len(log)} lines of log")
        assert len(log) <= 200 + OUTAGE_S / 10
        sites.is_growing = False
        titles = [row["title"] for row in installation.rows("SELECT title FROM posts")]
        assert sorted(titles) == sites.titles()
