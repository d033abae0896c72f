"""The demonstration as users run it: daemon and commands as processes, on a database."""

import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ingestd.cli.demo.config import CONFIG_MARK
from ingestd.cli.demo.report import QUERIES, open_read_only
from ingestd.cli.demo.run import run_demo
from ingestd.cli.demo.site.build import ARTICLE_COUNT, LISTED_ARTICLE_COUNT, LISTED_COUNT, LISTING_COUNT
from ingestd.model.errors import UsageError

pytestmark = pytest.mark.process


class Done(NamedTuple):
    status: int
    printed: str
    directory: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    directory = tmp_path_factory.mktemp("demo") / "new"
    out = io.StringIO()
    return Done(run_demo(directory, out), out.getvalue(), directory)


def _ask(done: Done, sql: str) -> list[Any]:
    with closing(open_read_only(done.directory / "ingestd.db")) as connection:
        return connection.execute(sql).fetchall()


def test_all_articles_are_stored(done: Done):
    log = (done.directory / "daemon.log").read_text(encoding="utf-8")
    assert done.status == 0, done.printed + log
    assert f"{LISTED_ARTICLE_COUNT} posts from {LISTED_COUNT} listings" in done.printed


def test_the_history_of_one_source_is_read(done: Done):
    assert "The Tidewater Almanac: archived feed (RFC 5005) (archive): 2 articles on its first page" in done.printed
    assert re.search(r"The Tidewater Almanac +archive +complete +1 +2 +2 +2024-03-11", done.printed)
    counts = "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM sightings)"
    assert _ask(done, counts) == [(ARTICLE_COUNT, LISTING_COUNT)]
    reaches = "SELECT name FROM sources WHERE history_complete = 1"
    assert _ask(done, reaches) == [("The Tidewater Almanac",)]


def test_daemon_stops_on_sigterm(done: Done):
    # The demonstration kills a daemon that does not end; its exit status is another then.
    assert re.search(r"stopped in [\d.]+ s with exit status 0", done.printed)


def test_every_post_is_printed_with_its_source(done: Done):
    rows = _ask(done, "SELECT s.name, p.title FROM posts p JOIN sources s ON s.id = p.source_id")
    for name, title in rows:
        assert re.search(
            rf"(?m)^  2024-\d\d-\d\dT\d\d:\d\d  {re.escape(str(name))} +{re.escape(str(title))}$", done.printed
        )


def test_one_whole_exported_file_is_printed(done: Done):
    (path,) = re.findall(r"One exported file, whole: (.+)", done.printed)
    text = Path(path).read_text(encoding="utf-8")
    assert text.rstrip("\n") in done.printed
    assert 'title: "跨湾渡轮四月起执行新时刻表"' in text
    assert len(list((done.directory / "posts").rglob("*.md"))) == ARTICLE_COUNT


def test_queries_are_printed_with_results(done: Done):
    for question, sql in QUERIES:
        assert f"-- {question}\n{sql};" in done.printed
    assert re.search(r"跨湾渡轮四月起执行新时刻表  \S+ \+ \S+", done.printed)
    assert f"The database: {done.directory / 'ingestd.db'}" in done.printed


def test_articles_are_complete_without_boilerplate(done: Done):
    texts = {str(title): str(text) for title, text in _ask(done, "SELECT title, text FROM posts")}
    assert "一次能烧四十杯" in texts["跨湾渡轮四月起执行新时刻表"]
    assert "放大了三倍的文字稿" in texts["渡口老站房改成口述史展厅"]
    assert "custards when you can hold your hand inside" in texts["A bread oven for the whole street"]
    assert "How to read a tide table & not get wet" in texts
    for title, text in texts.items():
        for furniture in ("未经授权", "分享到", "本位招租", "Skip to content", "本站使用 Cookie"):
            assert furniture not in text, title


def test_dates_in_utc(done: Done):
    dates = dict(_ask(done, "SELECT title, date FROM posts"))
    assert dates["渡口老站房改成口述史展厅"] == "2024-03-14T10:20:00.000Z"  # 18:20, no zone stated
    assert dates["夜班公交增开两条线路"] == "2024-03-15T22:30:00.000Z"  # 2024年3月16日 06:30
    assert dates["小学生给全镇的树画了一张地图"] == "2024-04-01T02:00:00.000Z"  # only its page tells


def test_missing_page_is_a_problem_and_its_summary_is_stored(done: Done):
    assert _ask(done, "SELECT body_origin FROM posts WHERE title = '周末集市因大雾改期'") == [("summary",)]
    ((outcome, url),) = _ask(done, "SELECT outcome, url FROM problems")
    assert (outcome, str(url).rpartition("/")[2]) == ("not-found", "market-postponed.html")


def test_timeout_fails(tmp_path: Path):
    out = io.StringIO()
    assert run_demo(tmp_path, out, timeout_s=0) == 1
    assert "did not do its work" in out.getvalue()


@pytest.mark.parametrize("name", ["ingestd.db", "ingestd.toml", "posts"])
def test_other_archives_are_not_touched(tmp_path: Path, name: str):
    kept = tmp_path / name
    kept.mkdir() if name == "posts" else kept.write_text("mine")
    with pytest.raises(UsageError, match="not a demonstration"):
        run_demo(tmp_path, io.StringIO())
    assert kept.is_dir() if name == "posts" else kept.read_text() == "mine"


def test_only_files_of_an_earlier_demonstration_are_removed(tmp_path: Path):
    (tmp_path / "ingestd.toml").write_text(CONFIG_MARK)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "2024-03-01-old.md").write_text("old")
    with closing(sqlite3.connect(tmp_path / "ingestd.db")) as connection:
        connection.execute("CREATE TABLE left_over (x)")
    assert run_demo(tmp_path, io.StringIO(), timeout_s=0) == 1
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "posts").exists()
    with closing(sqlite3.connect(tmp_path / "ingestd.db")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'left_over'").fetchone() == (0,)
