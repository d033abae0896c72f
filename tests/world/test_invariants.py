"""The world can fail: a database that is wrong in one respect is noticed by the invariant that it violates."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.world.evidence import Evidence
from tests.world.invariants import violations
from tests.world.knobs import Knobs
from tests.world.machine import EndedPoll, Record
from tests.world.plan import make_world
from tests.world.rows import read_rows
from tests.world.run import folder, run_in
from tests.world.truth import DAY_S, Fault, FeedHabit, Subscription, moment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unreachable() -> Iterator[tuple[Record, Path]]:
    """A run in which a site could not be reached while more articles came than its feed holds, and its database."""
    world = make_world(2, Knobs(sites=1, days=7.0, articles_a_day=8.0, off=frozenset({"fault", "delete"})))
    site = replace(world.sites[0], faults=(Fault("refused", DAY_S, 5 * DAY_S),))
    site = replace(site, feed=replace(site.feed, window=5))
    world = replace(world, sites=(site,), subscriptions=(Subscription(0, "Source 0", "never"),), machine=())
    with folder() as path:
        record, rows = run_in(world, path)
        assert not violations(rows, Evidence(record))
        yield record, path / "world.db"


@pytest.fixture(scope="module")
def read_pages() -> Iterator[tuple[Record, Path]]:
    """A run of one site without faults, whose pages are read and visited again, and its database."""
    world = make_world(
        3, Knobs(sites=1, days=6.0, articles_a_day=2.0, off=frozenset({"fault", "delete", "move", "edit"}))
    )
    feed = FeedHabit(categories=True)
    site = replace(world.sites[0], feed=feed, pushes=False, hosts=world.sites[0].hosts[:1], forbidden=("/private/",))
    world = replace(world, sites=(site,), subscriptions=(Subscription(0, "Source 0", "always"),), machine=())
    with folder() as path:
        record, rows = run_in(world, path)
        assert not violations(rows, Evidence(record))
        yield record, path / "world.db"


@pytest.fixture(scope="module")
def late_pages() -> Iterator[tuple[Record, Path]]:
    """A run of one site whose pages come two hours after their entries, and its database."""
    knobs = Knobs(sites=1, days=6.0, articles_a_day=1.0, off=frozenset({"fault", "delete", "move", "edit"}))
    world = make_world(3, knobs)
    site = replace(world.sites[0], pushes=False, hosts=world.sites[0].hosts[:1], forbidden=(), feed=FeedHabit())
    site = replace(site, faults=(Fault("late", 0.0, 2 * DAY_S, 7200.0),))
    world = replace(world, sites=(site,), subscriptions=(Subscription(0, "Source 0", "always"),), machine=())
    with folder() as path:
        record, rows = run_in(world, path)
        assert not violations(rows, Evidence(record))
        yield record, path / "world.db"


@pytest.fixture(scope="module")
def finished() -> Iterator[tuple[Record, Path]]:
    """A run in which nothing befell the machine, and its database."""
    world = replace(make_world(4, Knobs(sites=4, days=8.0)), machine=())
    with folder() as path:
        record, rows = run_in(world, path)
        assert not violations(rows, Evidence(record))
        yield record, path / "world.db"


def after(finished: tuple[Record, Path], folder: Path, *statements: str) -> set[str]:
    """The invariants that are violated after these statements."""
    record, path = finished
    copy = folder / "copy.db"
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0 or "posts_fts" in statement, statement
    return set(violations(read_rows(copy), Evidence(record)))


_SECOND = "SELECT id FROM posts ORDER BY id LIMIT 1 OFFSET 1"
_OTHER_TEXT = f"SELECT text FROM posts WHERE id != ({_SECOND}) ORDER BY length(text) DESC LIMIT 1"
CORRUPTIONS = {
    "stored_exactly_once": f"DELETE FROM posts WHERE id = ({_SECOND})",
    "nobody_elses_text": f"UPDATE posts SET text = text || ({_OTHER_TEXT}) WHERE id = ({_SECOND})",
    "own_fields": f"UPDATE posts SET author = 'Nobody', published_ms = 1 WHERE id = ({_SECOND})",
    "edits_are_the_sites": "INSERT INTO revisions SELECT id, 7, 'Other', '', date, 'page', NULL FROM posts LIMIT 1",
    "every_edit_is_kept": "UPDATE revisions SET title = 'Lost'",
    "gone_is_gone": f"UPDATE posts SET page_state = 'gone' WHERE id = ({_SECOND})",
    "every_poll_has_one_outcome": "DELETE FROM polls WHERE id = 3",
    "search_finds_what_is_there": "INSERT INTO posts_fts (posts_fts) VALUES ('delete-all')",
    "no_pixel_is_kept": "UPDATE posts SET image = 'https://pixel.example.net/a.gif' WHERE id = 1",
    "nothing_is_left_over": "INSERT INTO leases VALUES (1, 1, NULL, 'somebody', '2030-01-01T00:00:00.000Z')",
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_wrong_row_is_noticed(name: str, finished: tuple[Record, Path], tmp_path: Path):
    assert name in after(finished, tmp_path, CORRUPTIONS[name])


def test_a_loss_that_no_poll_suspects_is_noticed(unreachable: tuple[Record, Path], tmp_path: Path):
    assert after(unreachable, tmp_path, "UPDATE polls SET suspected_loss = 0") == {"what_was_missed_is_recorded"}


def test_an_entry_that_came_on_a_full_disk_may_wait_for_the_next_poll(finished: tuple[Record, Path], tmp_path: Path):
    record, path = finished
    end = record.world.end
    received = moment(end - 60).isoformat()
    row = f"INSERT INTO inbox VALUES (1, 1, 'key', 'https://a.example/', '{{}}', '{received}', '[]', 0)"
    assert after(finished, tmp_path, row) == {"nothing_is_left_over"}
    assert not after((replace(record, full_disks=[(end - 120, end + 600)]), path), tmp_path, row)
    polled = EndedPoll(end - 5, len(record.lives) - 1, "Source 0", "ok")
    freed = replace(record, full_disks=[(end - 120, end - 30)], polls=[*record.polls, polled])
    assert "nothing_is_left_over" in after((freed, path), tmp_path, row)


def test_a_page_that_is_not_visited_again_is_noticed(read_pages: tuple[Record, Path]):
    record, path = read_pages
    name = next(one.article for one in record.exchanges if one.kind == "page" and one.read)
    visits = [one for one in record.exchanges if one.article == name]
    assert len(visits) > 2
    fewer = replace(record, exchanges=[one for one in record.exchanges if one is not visits[-1]])
    [line] = violations(read_rows(path), Evidence(fewer))["every_page_is_visited_again"]
    assert line.startswith(f"{name} was read")


def test_a_page_that_comes_late_and_is_not_read_is_noticed(late_pages: tuple[Record, Path]):
    record, path = late_pages
    late = next(one.article for one in record.exchanges if one.kind == "page" and one.status == 404)
    unread = [one for one in record.exchanges if one.article != late or one.status == 404]
    found = violations(read_rows(path), Evidence(replace(record, exchanges=unread)))
    [line] = found["a_page_that_failed_is_read_later"]
    assert line.startswith(f"{late}: its page failed")


def test_a_forbidden_page_that_is_asked_for_is_noticed(read_pages: tuple[Record, Path]):
    record, path = read_pages
    page = next(one for one in record.exchanges if one.kind == "page")
    host = record.world.sites[0].host(0.0)
    asked = replace(record, exchanges=[*record.exchanges, replace(page, url=f"https://{host}/private/x", article=None)])
    assert set(violations(read_rows(path), Evidence(asked))) == {"forbidden_pages_are_left_alone"}


def test_an_article_that_lost_its_text_to_an_alias_is_noticed(read_pages: tuple[Record, Path], tmp_path: Path):
    record, path = read_pages
    world = record.world
    listed_twice = tuple(replace(article, alias=f"/also/{article.number}") for article in world.sites[0].articles)
    site = replace(world.sites[0], articles=listed_twice)
    twice = replace(record, world=replace(world, sites=(site,)))
    assert not after((twice, path), tmp_path, "UPDATE posts SET image = NULL")
    assert "an_alias_costs_nothing" in after((twice, path), tmp_path, "UPDATE posts SET text = title")


def test_an_empty_configuration_that_is_taken_over_is_noticed(finished: tuple[Record, Path]):
    record, path = finished
    taken = replace(record, empty_configurations=[100.0])
    assert set(violations(read_rows(path), Evidence(taken))) == {"an_empty_configuration_is_refused"}


def test_categories_that_are_not_the_articles_are_noticed(read_pages: tuple[Record, Path], tmp_path: Path):
    change = "UPDATE posts SET feed_categories = '[\"Other\"]' WHERE id = 1"
    assert after(read_pages, tmp_path, change) == {"own_fields"}


def test_a_poll_too_early_and_a_poll_left_out_are_noticed(finished: tuple[Record, Path]):
    record, path = finished
    first, *others = [one for one in record.exchanges if one.kind == "feed" and one.site == 0]
    rows = read_rows(path)
    early = replace(record, exchanges=[*record.exchanges, replace(others[-1], at=others[-1].at + 20)])
    assert "no_source_is_asked_too_often" in violations(rows, Evidence(early))
    # Of one poll, where the host is asked at a slow pace: none has ended between the two.
    before = replace(others[-1], at=others[-1].at - 72, status=304)
    together = sorted([*record.exchanges, before], key=lambda one: one.at)
    paced = replace(record, exchanges=together)
    assert "no_source_is_asked_too_often" not in violations(rows, Evidence(paced))
    rested = replace(first, retry_after_s=50_000.0)
    assert "no_source_is_asked_too_often" in violations(rows, Evidence(replace(record, exchanges=[rested, *others])))
    kept = [one for one in record.exchanges if one not in others]
    late = replace(record, exchanges=kept, polls=[poll for poll in record.polls if poll.source != "Source 0"])
    assert "no_source_is_left_out" in violations(rows, Evidence(late))
