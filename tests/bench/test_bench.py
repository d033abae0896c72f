"""The bench measures what it says: the server answers by phase, no process is missed, and work left undone is seen."""

import asyncio
import dataclasses
import json
import socket
import sys
import time
from typing import Any

import pytest

from tests.bench import kept, measure, profiling, report, run
from tests.bench.contenders import Options, Plain, configuration
from tests.bench.phases import Polled, medians, problems, run_phases
from tests.bench.scenarios import spread
from tests.bench.simulator import Simulator
from tests.bench.site import ENTRIES, VERSIONS, Phase, Site

tomllib = pytest.importorskip("tomllib")


@pytest.fixture(scope="module")
def simulator():
    with Simulator(6, 3, spare_hosts=1, max_seconds=1800) as running:
        yield running


@pytest.fixture(autouse=True)
def _from_the_start(simulator):
    simulator.enter(Phase.COLD)
    simulator.latency(0)


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One GET over a socket of its own: what was answered, to the byte."""
    _, _, authority, path = url.split("/", 3)
    host, port = authority.split(":")
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: {authority}\r\n{more}\r\n".encode())
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            fields: dict[str, str] = {}
            while line := answer.readline().decode().strip():
                name, _, fields[name] = line.partition(": ")
            return status, fields, answer.read(int(fields.get("Content-Length", 0)))


def test_every_feed_is_served_on_its_own_host(simulator):
    assert len(set(simulator.hosts)) == 3
    for n, url in enumerate(simulator.feeds):
        assert url.startswith(simulator.hosts[n % 3])
        status, headers, body = get(url)
        assert status == 200
        assert headers["ETag"]
        assert body == Site(n, simulator.hosts[n % 3]).feed(VERSIONS[Phase.COLD])
    assert simulator.stats()["200"] == 6


def test_validators_are_honoured_in_the_304_phase_only(simulator):
    url = simulator.feeds[0]
    etag = get(url)[1]["ETag"]
    for phase, status in zip(Phase, (200, 304, 200, 200, 200), strict=True):
        simulator.enter(phase)
        assert get(url, If_None_Match=etag)[0] == status
    simulator.enter(Phase.NOT_MODIFIED)
    assert get(url)[0] == 200
    assert get(url, If_None_Match='"else"')[0] == 200
    assert "304" not in simulator.stats()
    assert simulator.stats()["200"] == 2


def test_phase_same_changes_etag_and_date_only(simulator):
    _, cold, body = get(simulator.feeds[1])
    simulator.enter(Phase.SAME)
    _, same, again = get(simulator.feeds[1])
    assert body == again
    assert cold["ETag"] != same["ETag"]
    assert cold["Last-Modified"] != same["Last-Modified"]


def test_pages_robots_and_unknown_paths(simulator):
    base = simulator.hosts[1]
    assert get(f"{base}/1/2025/story-3.html")[1]["Content-Type"].startswith("text/html")
    assert b"User-agent" in get(f"{base}/robots.txt")[2]
    for path in ("/nothing", "/feed/99.xml", "/feed/x.xml", "/7/2025/story-1.html", "/"):
        assert get(base + path)[0] == 404
    assert simulator.stats()["pages"] == 1


def test_latency_delays_every_answer(simulator):
    simulator.latency(0.2)
    started = time.monotonic()
    get(simulator.feeds[0])
    assert time.monotonic() - started >= 0.2


async def test_hanging_path_is_never_answered(simulator):
    host, port = simulator.spare[0].removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /hang/1.xml HTTP/1.1\r\n\r\n")
    while not simulator.stats()["hanging"]:  # noqa: ASYNC110 - a counter of another process
        await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    writer.close()
    await writer.wait_closed()
    assert simulator.stats()["hanging"] == 1


def test_pipelined_requests_are_answered_in_order(simulator):
    host, port = simulator.hosts[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(
            b"GET /robots.txt HTTP/1.1\r\n\r\nGET /feed/0.xml HTTP/1.1\r\n\r\nGET /none HTTP/1.1\r\n\r\n"
        )
        received = b""
        while b"404 Not Found" not in received:
            received += connection.recv(65536)
    assert received.index(b"text/plain") < received.index(b"<rss") < received.index(b"404 Not Found")
    assert simulator.stats()["most_connections"] == 1


@pytest.mark.parametrize("bound", [{"max_requests": 2}, {"max_seconds": 0.5}])
def test_server_ends_after_max_requests_or_max_seconds(bound):
    with Simulator(1, 1, **bound) as running:
        if "max_requests" in bound:
            get(running.feeds[0])
            get(running.feeds[0])
        assert running.process.wait(60) == 0


def test_server_ends_when_standard_input_is_closed():
    with Simulator(1, 1) as running:
        process = running.process
    assert process.returncode == 0


BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"


def test_cpu_of_children_and_grandchildren_is_counted():
    inner = BURN.format(seconds=0.4)
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    cost = measure.run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {outer!r}])"]
    )
    assert 0.4 <= cost.cpu_s < 2
    assert cost.main_s < 0.4
    assert cost.status == 0
    assert cost.processes == 3


def test_cpu_of_the_command_itself_is_told_from_that_of_its_children():
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass'])\n{BURN.format(seconds=0.4)}"
    cost = measure.run([sys.executable, "-c", outer])
    assert 0.35 <= cost.main_s <= cost.cpu_s


def test_cpu_of_an_orphan_is_counted():
    inner = BURN.format(seconds=0.5)
    outer = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {inner!r}], stdout=-3, stderr=-3)"
    cost = measure.run([sys.executable, "-W", "ignore", "-c", outer])
    assert 0.5 <= cost.cpu_s < 2


def test_cpu_of_a_killed_worker_without_wait_is_counted():
    inner = BURN.format(seconds=0.4) + "print(flush=True); time.sleep(600)"
    outer = (
        "import subprocess, sys, os\n"
        f"p = subprocess.Popen([sys.executable, '-c', {inner!r}], stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); p.kill(); os._exit(3)"
    )
    cost = measure.run([sys.executable, "-c", outer])
    assert 0.3 <= cost.cpu_s < 2
    assert cost.status == 3


def test_memory_is_the_sum_over_processes():
    hold = "import sys; x = b'1' * 40_000_000; print(flush=True); sys.stdin.read()"
    pipes = "stdin=subprocess.PIPE, stdout=subprocess.PIPE"
    start = f"subprocess.Popen([sys.executable, '-c', {hold!r}], {pipes})"
    outer = (
        f"import subprocess, sys, time\nboth = [{start}, {start}]\nfor p in both: p.stdout.readline()\n"
        "time.sleep(0.5)\nfor p in both: p.communicate()"
    )
    cost = measure.run([sys.executable, "-c", outer])
    assert 80 < cost.rss_mb < 160
    assert 80 < cost.pss_mb <= cost.rss_mb


def test_a_command_that_does_not_end_is_killed_with_its_children():
    inner = "import time; time.sleep(600)"
    cost = measure.run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"],
        timeout_s=0.5,
    )
    assert cost.status == -9
    assert cost.wall_s < 300


def test_plain_completes_all_phases(simulator, tmp_path):
    results = run_phases(Plain(), simulator, tmp_path, Options(concurrency=4, yardstick_rounds=1), list(Phase))
    assert [polled.problems for polled in results] == [()] * 5
    assert [polled.new for polled in results] == [6 * ENTRIES, 0, 0, 0, 6]
    assert all(polled.start_cpu_s > 0 for polled in results)
    assert [polled.requests for polled in results] == [6] * 5
    json.dumps([polled.as_json() for polled in results])


def cost(**changes: Any) -> measure.Cost:
    whole = measure.Cost(1.0, 0.8, 0.9, 0.1, 2.0, 50.0, 40.0, 1, 0, "", "")
    return dataclasses.replace(whole, **changes)


@pytest.mark.parametrize(
    ("phase", "pages", "status", "stats", "new", "noticed"),
    [
        (Phase.COLD, False, 0, {"200": 10}, 300, []),
        (Phase.NEW, False, 0, {"200": 10}, 10, []),
        (Phase.NOT_MODIFIED, False, 0, {"304": 10}, 0, []),
        (Phase.COLD, True, 0, {"200": 10, "pages": 300}, 300, []),
        (Phase.COLD, False, 1, {"200": 10}, 300, ["exit status 1"]),
        (Phase.COLD, False, 0, {"200": 10}, 299, ["299 new posts"]),
        (Phase.SAME, False, 0, {"200": 10}, 1, ["1 new posts"]),
        (Phase.NOT_MODIFIED, False, 0, {"200": 10}, 0, ["feeds were answered"]),
        (Phase.SAME, False, 0, {}, 0, ["feeds were answered"]),
        (Phase.SAME, False, 0, {"200": 11}, 0, ["feeds were answered"]),
        (Phase.NEW, True, 0, {"200": 10, "pages": 9}, 10, ["9 pages"]),
    ],
)
def test_missing_and_repeated_work_is_reported(phase, pages, status, stats, new, noticed):
    found = problems(phase, 10, Options(pages=pages), cost(status=status, stderr="boom"), stats, new)
    assert len(found) == len(noticed)
    assert all(text.startswith(start) for text, start in zip(found, noticed, strict=True))


def polled(contender: str, phase: Phase, cpu_s: float, feeds: int = 1000, pages: int = 0, **changes: Any) -> Polled:
    made = Polled(contender, phase, feeds, cpu_s, 0.5, 2.0, 90.0, 80.0, 3, 0, pages, feeds, 9)
    return dataclasses.replace(made, **changes)


def test_medians_per_figure_keep_problems_of_any_run():
    runs = [[polled("ingestd", Phase.COLD, s)] for s in (9.0, 1.0, 4.0)]
    runs[0][0] = dataclasses.replace(runs[0][0], problems=("lost",))
    (merged,) = medians(runs)
    assert merged.cpu_s == 4.0
    assert merged.problems == ("lost",)
    assert merged.ms_a_feed == 4.0
    assert merged.net_ms_a_feed == 3.5


COLD: dict[str, Any] = {"fp_ms": 10.0, "tr_ms": 8.0}


def test_figures_are_told_in_what_the_libraries_take_for_the_same_feed_and_page():
    made = polled("ingestd", Phase.COLD, 20.5, **COLD)
    assert made.fp_a_feed == 2.0
    assert made.tr_a_page == 0.0
    made = polled("ingestd", Phase.COLD, 240.5, pages=30_000, main_cpu_s=48.5, **COLD)
    assert made.tr_a_page == 1.0
    assert made.main_tr_a_page == 0.2


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (polled("ingestd", Phase.COLD, 20.5, **COLD), ["fp cold"]),
        (polled("ingestd", Phase.NOT_MODIFIED, 20.5, **COLD), ["fp 304"]),
        (polled("ingestd", Phase.COLD, 20.5, feeds=100, **COLD), []),
        (polled("ingestd", Phase.COLD, 20.5, problems=("lost",), **COLD), []),
        (polled("plain", Phase.COLD, 20.5, **COLD), []),
        (polled("ingestd", Phase.COLD, 90.0, feeds=100, pages=3000, **COLD), ["tr page", "tr main"]),
        (polled("ingestd", Phase.COLD, 90.0, feeds=10, pages=300, **COLD), []),
        (polled("ingestd", Phase.NEW, 90.0, feeds=1000, pages=1000, **COLD), []),
    ],
)
def test_figures_are_comparable_where_enough_was_done(result, names):
    assert list(kept.comparable([result])) == names


@pytest.mark.parametrize(
    ("figure", "said"), [(1.0, []), (1.1, []), (1.11, ["cold: 1.110 fp, kept 1.000 (+11%)"]), (0.5, [])]
)
def test_more_than_a_tenth_above_the_kept_figure_is_said(figure, said):
    assert kept.slower({"fp cold": figure, "fp same": 9.0}, {"fp cold": 1.0}) == said


def test_kept_figures_are_read_as_they_were_written_and_others_stay(tmp_path):
    path = tmp_path / "figures.toml"
    kept.write({"fp cold": 1.2344, "fp 304": 0.1, "tr page": 0.6}, path)
    kept.write({"fp 304": 0.09}, path)
    assert kept.read(path) == {"fp cold": 1.234, "fp 304": 0.09, "tr page": 0.6}


def test_every_figure_is_kept():
    assert set(kept.read()) == {*(f"fp {phase}" for phase in Phase), "tr page", "tr main"}


def test_a_run_that_is_slower_or_left_work_undone_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "KEPT", tmp_path / "figures.toml")
    kept.write({"fp cold": 1.0})
    slow = polled("ingestd", Phase.COLD, 20.5, **COLD)
    undone = polled("plain", Phase.COLD, 20.5, problems=("lost",), **COLD)
    text, faults = run.summary([slow, undone], keep=False)
    assert faults == ["NOT DONE: plain, cold: lost", "SLOWER THAN BEFORE: cold: 2.000 fp, kept 1.000 (+100%)"]
    assert "1.000" in next(line for line in text.splitlines() if "kept" in line)
    assert run.summary([slow], keep=True)[1] == []
    assert run.summary([slow], keep=False)[1] == []


def test_the_table_has_the_others_the_kept_figures_and_the_goals():
    results = [polled(name, phase, cpu, **COLD) for name, cpu in (("ingestd", 2.5), ("plain", 30.5)) for phase in Phase]
    lines = report.unit_table(results, {"fp cold": 0.8}).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert next(line for line in lines if line.startswith("| plain")).count("3.000") == 5
    assert next(line for line in lines if "kept" in line).count("0.800") == 1
    assert "0.08" in next(line for line in lines if "goal" in line)


def test_a_run_with_pages_has_the_table_of_pages():
    results = [polled("ingestd", Phase.COLD, 240.5, pages=30_000, main_cpu_s=48.5, **COLD)]
    lines = report.unit_table(results, {"tr page": 1.4, "tr main": 0.6}).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "1.000" in next(line for line in lines if "ingestd, cold" in line)
    assert "1.400" in next(line for line in lines if "kept" in line)


def test_the_configuration_is_valid_with_and_without_sources(tmp_path):
    for urls in ([], ["http://127.1.0.1:5/feed/0.xml", "http://127.1.0.1:5/feed/1.xml"]):
        read = tomllib.loads(
            configuration(tmp_path, urls, Options(pages=True, concurrency=9, more={"robots": "false"}))
        )
        assert read["fetch"]["allow_networks"] == ["127.0.0.0/8"]
        assert read["fetch"]["concurrency"] == 9
        assert read["fetch"]["robots"] is False
        assert [source["url"] for source in read["sources"] if source.get("enabled", True)] == urls


def test_hanging_sources_are_spread_evenly():
    good, bad = [f"g{n}" for n in range(450)], [f"b{n}" for n in range(50)]
    mixed = spread(good, bad)
    assert sorted(mixed) == sorted(good + bad)
    assert mixed[0] == "b0"
    assert [name[0] for name in mixed].index("b", 1) == 10


def test_profile_is_summed_by_line_and_process():
    raw = (
        "main (ingestd/cli/f.py:1);poll (ingestd/pipeline.py:20);execute (/v/site-packages/sqlalchemy/core.py:5) 50\n"
        "main (ingestd/cli/f.py:1);poll (ingestd/pipeline.py:20) 25\n"
        "_main (/l/multiprocessing/spawn.py:1);parse (ingestd/parse/xml.py:7);text (/v/site-packages/lxml/x.py:3) 25\n"
        "garbled 5\n"
    )
    lines = profiling.digest(raw, units=10).splitlines()
    per_sample = 1000 / profiling.RATE / 10
    assert f"  {75 * per_sample:8.3f}  main" in lines
    assert f"  {25 * per_sample:8.3f}  workers" in lines
    assert f"  {75 * per_sample:8.3f}  ingestd/pipeline.py:20 poll" in lines
    assert f"  {50 * per_sample:8.3f}  sqlalchemy/core.py execute" in lines
