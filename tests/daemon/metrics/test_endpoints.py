"""`/metrics` and `/health`: what they say, where they listen, and what they bear."""

import asyncio
import re
import shutil
import stat
import subprocess
from pathlib import Path

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ingestd.config.load import parse_config
from ingestd.daemon import metrics as metrics_package
from ingestd.daemon.heartbeat import Heartbeat
from ingestd.daemon.metrics import endpoints as module
from ingestd.daemon.metrics import state
from ingestd.daemon.metrics.endpoints import MetricsEndpoints
from ingestd.daemon.metrics.registry import Metrics
from ingestd.model.errors import ConfigError, Outcome, StoreError
from ingestd.model.history import GapState
from ingestd.model.poll import Poll
from ingestd.store.database import Database
from ingestd.store.notify_targets import sync_targets
from ingestd.text.times import utc_text
from tests.store import make

ROOT = Path(__file__).resolve().parents[3]
HOLDER = "host:1:x-1"


@pytest.fixture
def database(tmp_path, empty_database):
    path = tmp_path / "ingestd.db"
    shutil.copy(empty_database, path)
    with Database(f"sqlite:///{path}") as opened:
        make.configured(opened, "甲", "乙")
        make.run(opened, "UPDATE sources SET last_polled_at = :at, next_poll_at = :at", at=utc_text(make.NOW))
        opened.write(sync_targets, {"hook": ["post-new"]}, make.NOW)
        make.store(opened, make.new(1), waiting=(make.waiting(2),))
        yield opened


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
async def served(database, metrics):
    """The endpoints of a daemon that has given a sign of life, on a free port."""
    await Heartbeat(database, HOLDER, lambda: make.NOW).start()
    backups = database.path.parent / "backups"
    backups.mkdir()
    (backups / f"ingestd-{make.NOW:%Y%m%dT%H%M%SZ}.db").touch()
    service = MetricsEndpoints("127.0.0.1:0", metrics, database, HOLDER, lambda: make.later(60), backups)
    await service.start()
    yield service
    await service.stop(1)


async def get(service, path, **options):
    host, port = service.server.address
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)) as session,
        session.request(options.pop("method", "GET"), f"http://{host}:{port}{path}", **options) as answer,
    ):
        return answer.status, await answer.text()


async def samples(service):
    """The value of each sample, by its name and labels."""
    status, text = await get(service, "/metrics")
    assert status == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def poll(outcome, **values):
    return Poll(1, "甲", make.NOW, 0.3, outcome, **values)


async def test_polls_and_requests_are_counted_by_outcome(served, metrics):
    metrics.poll_ended(poll(Outcome.OK, new=3, updated=1, duplicate=2, suspected_loss=True, filtered=4))
    metrics.poll_ended(poll(Outcome.OK, suspected_loss=True, gap=GapState.CLOSED))
    metrics.poll_ended(poll(Outcome.TIMEOUT, failed=1))
    metrics.request_ended(Outcome.NOT_FOUND, 0.2)
    found = await samples(served)
    assert (found["ingestd_polls_total", "ok"], found["ingestd_polls_total", "timeout"]) == (2, 1)
    assert found["ingestd_polls_total", "unchanged"] == 0
    assert found["ingestd_poll_duration_seconds_bucket", "0.25"] == 0
    assert found["ingestd_poll_duration_seconds_bucket", "0.5"] == 3
    names = ("posts_stored", "posts_updated", "entries_duplicate", "entries_failed", "entries_filtered")
    assert [found[(f"ingestd_{name}_total",)] for name in names] == [3, 1, 2, 1, 4]
    assert (found["ingestd_possible_losses_total",], found["ingestd_gaps_closed_total",]) == (2, 1)
    assert found["ingestd_http_requests_total", "not-found"] == 1
    assert found["ingestd_http_request_duration_seconds_sum",] == pytest.approx(0.2)


async def test_the_state_of_the_database_is_read(served, database):
    found = await samples(served)
    assert found["ingestd_sources", "well"] == 2
    assert found["ingestd_sources", "failing"] == 0
    assert found["ingestd_queue_length", "inbox"] == 1
    assert found["ingestd_notifications_waiting", "hook"] == 1
    assert found["ingestd_notifications_delivered_total", "hook"] == 0
    assert found["ingestd_last_poll_timestamp_seconds",] == make.NOW.timestamp()
    assert found["ingestd_last_backup_timestamp_seconds",] == make.NOW.timestamp()
    assert found["ingestd_database_up",] == 1
    assert found["ingestd_database_bytes",] >= database.path.stat().st_size
    assert found["process_resident_memory_bytes",] > 0


async def test_many_scrapes_read_the_database_once(served, database, monkeypatch):
    reads = []
    read = database.reading

    async def counted(function, *args):
        reads.append(function)
        return await read(function, *args)

    monkeypatch.setattr(database, "reading", counted)
    await asyncio.gather(*(get(served, path) for path in ("/metrics", "/health") * 5))
    assert len(reads) == len(set(reads))


async def test_health(served, database, monkeypatch):
    monkeypatch.setattr(state, "CACHED_S", 0.0)
    assert await get(served, "/health") == (200, "ok\n")
    make.run(database, "UPDATE sources SET condition = 'failing'")
    assert (await get(served, "/health"))[0] == 200, "sources that fail are no fault of the daemon"
    make.run(database, "UPDATE daemons SET seen_at = :at", at=utc_text(make.later(-300)))
    assert await get(served, "/health") == (503, "the daemon has given no sign of life for 6 min\n")


async def test_a_database_that_cannot_be_read(served, database, monkeypatch):
    async def fails(*_):
        raise StoreError("the database is locked")

    monkeypatch.setattr(database, "reading", fails)
    assert await get(served, "/health") == (503, "the database is locked\n")
    found = await samples(served)
    assert found["ingestd_database_up",] == 0
    assert ("ingestd_sources", "well") not in found
    assert found["ingestd_polls_total", "ok"] == 0


async def test_a_database_that_does_not_answer(served, database, monkeypatch):
    monkeypatch.setattr(state, "READ_TIMEOUT_S", 0.05)
    monkeypatch.setattr(database, "reading", lambda *_: asyncio.Event().wait())
    assert await get(served, "/health") == (503, "the database has not answered within 0.05 s\n")


async def test_other_requests_are_refused(served):
    for path, method, status in (("/", "GET", 404), ("/metrics", "POST", 405), ("/metrics/x", "GET", 404)):
        assert (await get(served, path, method=method))[0] == status


async def test_unix_socket(database, metrics, tmp_path):
    path = tmp_path / "metrics.sock"
    for _ in range(2):
        service = MetricsEndpoints(f"unix:{path}", metrics, database, HOLDER, lambda: make.NOW)
        await service.start()
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
            session.get("http://localhost/metrics") as answer,
        ):
            assert answer.status == 200
        await service.stop(1)
        assert not path.exists()


async def test_a_port_in_use_is_logged_and_the_daemon_goes_on(served, database, metrics, caplog):
    second = MetricsEndpoints(f"127.0.0.1:{served.server.address[1]}", metrics, database, HOLDER, lambda: make.NOW)
    await second.start()
    await second.stop(1)
    [record] = [record for record in caplog.records if record.getMessage() == "metrics-failed"]
    assert "address already in use" in record.fields["error"]


async def test_connections_are_bounded(served, monkeypatch):
    monkeypatch.setattr(served.server, "max_connections", 0)
    with pytest.raises(aiohttp.ClientError):
        await get(served, "/health")
    assert module.MAX_CONNECTION_S <= 60


async def test_documented_names_are_those_that_are_served(served, metrics):
    metrics.request_ended(Outcome.OK, 0.1)
    ours = {name for name, *_ in await samples(served) if name.startswith("ingestd_")}
    served_names = {re.sub(r"_(bucket|count|sum)$", "", name) for name in ours}
    text = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    table = text[text.index("| metric |") : text.index("Beside them")]
    assert set(re.findall(r"`(ingestd_\w+)`", table)) == {name for name in served_names if name != "ingestd"}
    assert {name for name in served_names if not re.fullmatch(r"ingestd_[a-z_]+", name)} == set()


def test_alert_rules_use_documented_metrics_and_outcomes():
    rules = (ROOT / "docs/alert-rules.yml").read_text(encoding="utf-8")
    table = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    groups = yaml.safe_load(rules)["groups"]
    expressions = " ".join(rule["expr"] for group in groups for rule in group["rules"])
    names = set(re.findall(r"\bingestd_\w+", expressions))
    assert names
    assert {name for name in names if f"`{name}`" not in table} == set()
    outcomes = re.findall(r'outcome=~"([^"]+)"', expressions)
    assert {word for found in outcomes for word in found.split("|")} <= set(Outcome)


@pytest.mark.process
def test_promtool_accepts_the_alert_rules():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    words = [promtool, "check", "rules", str(ROOT / "docs/alert-rules.yml")]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_the_library_the_configuration_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(metrics_package, "find_spec", lambda _name: None)
    config = parse_config('[metrics]\nlisten = "127.0.0.1:9300"', Path("i.toml"), {})
    with pytest.raises(ConfigError, match=r'i.toml: metrics.listen: needs .* install "ingestd\[metrics\]"'):
        metrics_package.metrics_endpoints(config, None)  # type: ignore[arg-type] # it is not used
