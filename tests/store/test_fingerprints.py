"""Fingerprints of posts: near-duplicates are found in the transaction that stores a post, whoever writes it."""

import pytest

from ingestd.model.poll import WriteBatch
from ingestd.store import fingerprints, writes
from ingestd.store.database import Database
from ingestd.store.fingerprints import MAX_POSTS_OF_KEY, near_duplicates
from ingestd.store.merged_posts import merge_moved
from ingestd.store.posts import get_post
from ingestd.text.fingerprint import fingerprint
from tests.store import make
from tests.text.near_duplicate_pairs import Pair, pairs

STORY = (
    "The tide mill at Harrow Ford grinds again after a winter of repairs, and the first flour went to the school. " * 3
)
OTHER = (
    "A choir of beekeepers has recorded its hives before sunrise and sings along with them in a cold church hall. " * 3
)
STORY = " ".join(f"{word}{number // 7}" for number, word in enumerate(STORY.split()))
OTHER = " ".join(f"{word}{number // 9}" for number, word in enumerate(OTHER.split()))


def story(number: int, text: str = STORY, site: str | None = None, **values: object):
    """A new post with a text, each on a site of its own unless said otherwise."""
    url = f"https://{site or f'news{number}.example'}/{number}"
    return make.new(number, ("link", url), like=make.post(number, text=text, from_url=url), **values)


def found(database: Database) -> list[tuple[int, int]]:
    return [tuple(row) for row in make.rows(database, "SELECT post_id, other_id FROM near_duplicates ORDER BY 1, 2")]


def stored_pairs(database: Database, labelled: list[Pair]) -> list[tuple[Pair, bool]]:
    """The pairs, and whether each is found when its posts are stored, one after the other, among all others."""
    for n, pair in enumerate(labelled):
        make.store(database, story(2 * n + 1, pair.one, f"a{n}.example"))
        make.store(database, story(2 * n + 2, pair.other, f"{'a' if pair.in_site else 'b'}{n}.example"))
    every = set(found(database))
    return [(pair, (2 * n + 1, 2 * n + 2) in every) for n, pair in enumerate(labelled)]


@pytest.fixture
def two(database):
    """Two reprints of one story, and another one: posts 1, 2 and 3."""
    make.configured(database)
    make.store(database, story(1), story(2, f"(Northwire) {STORY} Edited for length."))
    make.store(database, story(3, OTHER))
    return database


@pytest.mark.slow
def test_precision_and_recall_of_what_is_stored(file):
    make.configured(file)
    judged = stored_pairs(file, pairs(rounds=4))
    right = [pair.is_duplicate for pair, is_found in judged if is_found]
    missed = [is_found for pair, is_found in judged if pair.is_duplicate]
    assert len(judged) > 200
    assert sum(right) / len(right) >= 0.95
    assert sum(missed) / len(missed) >= 0.90


def test_view_has_each_pair_both_ways(two):
    assert found(two) == [(1, 2), (2, 1)]
    [(similarity,)] = make.rows(two, "SELECT similarity FROM near_duplicates WHERE post_id = 2")
    assert 0.8 < similarity < 1


def test_a_fingerprint_that_a_worker_made_is_taken(database):
    make.configured(database)
    make.store(database, story(1, fingerprint=fingerprint(OTHER)), story(2, OTHER))
    assert found(database) == [(1, 2), (2, 1)]


def test_what_is_asked_for_a_post(two):
    answer = two.read(near_duplicates, 1)
    assert [(row["id"], row["source"], row["from_url"]) for row in answer.posts] == [
        (2, "联合早报", "https://news2.example/2")
    ]
    assert (answer.is_compared, answer.is_short, answer.backlog) == (True, False, 0)
    make.store(two, story(4, "short"))
    assert two.read(near_duplicates, 4).is_short
    assert two.read(near_duplicates, 3).posts == ()


def test_nothing_is_left_of_a_transaction_that_fails(two):
    def store_and_fail(connection):
        writes.write(connection, WriteBatch(1, make.NOW, posts=(story(4),)))
        raise ValueError

    with pytest.raises(ValueError):
        two.write(store_and_fail)
    assert found(two) == [(1, 2), (2, 1)]
    assert make.value(two, "SELECT count(*) FROM fingerprints") == 3


def test_an_edit_is_compared_again(two):
    edit = make.update(3, "B", text=STORY, fingerprint=fingerprint(STORY))
    two.write(writes.write, WriteBatch(1, make.NOW, updates=(edit,)))
    assert found(two) == [(1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)]
    two.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, "C", text=OTHER),)))
    assert found(two) == [(2, 3), (3, 2)]
    assert make.value(two, "SELECT count(*) FROM fingerprint_backlog") == 0


def test_a_deleted_post_leaves_nothing(two):
    make.run(two, "DELETE FROM posts WHERE id = 2")
    assert found(two) == []
    for table in ("fingerprints", "fingerprint_keys"):
        assert make.value(two, f"SELECT count(*) FROM {table} WHERE post_id = 2") == 0
        assert make.value(two, f"SELECT count(*) FROM {table} WHERE post_id = 1") > 0


def test_a_merged_post_has_the_near_duplicates_of_its_text(database):
    make.configured(database)
    like = {n: make.post(n, title="t", published_ms=5, text=text) for n, text in ((1, OTHER), (2, OTHER), (3, STORY))}
    make.store(database, *(make.new(n, like=post) for n, post in like.items()))
    edit = make.update(2, "B", title="t", text=STORY)
    database.write(writes.write, WriteBatch(1, make.NOW, updates=(edit,)))
    assert found(database) == [(2, 3), (3, 2)]
    make.run(database, "UPDATE posts SET text = :text WHERE id = 1", text=STORY + " More.")
    database.write(merge_moved, database.read(get_post, 1), make.link(2)[1], make.NOW)
    assert found(database) == [(1, 3), (3, 1)]


BY_HAND = {
    "a changed text": (f"UPDATE posts SET text = '{STORY}' WHERE id = 3", [(1, 2), (1, 3), (2, 3)]),
    "another changed text": (f"UPDATE posts SET text = '{OTHER}' WHERE id = 1", [(1, 3)]),
    "a changed title": ("UPDATE posts SET title = 'x' WHERE id = 1", [(1, 2)]),
    "a new post": (
        "INSERT INTO posts (id, from_url, text, title, date, author, content, date_origin, body_origin, fetched_at,"
        f" updated_at) SELECT 9, 'https://x.example/', '{OTHER}', title, date, author, content, date_origin,"
        " body_origin, fetched_at, updated_at FROM posts WHERE id = 1",
        [(1, 2), (3, 9)],
    ),
}


@pytest.mark.parametrize("change", BY_HAND)
def test_what_is_written_by_hand_is_compared_by_the_next_step(two, change):
    statement, expected = BY_HAND[change]
    make.run(two, statement)
    waiting = two.read(fingerprints.backlog)
    assert waiting == (change != "a changed title")
    assert two.read(fingerprints.has_backlog) == bool(waiting)
    assert two.write(fingerprints.fill_fingerprints, 10) == waiting
    assert two.write(fingerprints.fill_fingerprints, 10) == 0
    assert [pair for pair in found(two) if pair[0] < pair[1]] == expected


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
def test_insert_or_replace_by_hand_is_followed(file, foreign_keys):
    make.configured(file)
    make.store(file, story(1), story(2, STORY), story(3, OTHER))
    raw = file.engine.raw_connection()
    try:
        raw.execute(f"PRAGMA foreign_keys = {foreign_keys}")
        columns = [row[1] for row in raw.execute("PRAGMA table_info(posts)")]
        taken = ", ".join("(SELECT text FROM posts WHERE id = 3)" if name == "text" else name for name in columns)
        raw.execute(f"INSERT OR REPLACE INTO posts SELECT {taken} FROM posts WHERE id = 1")
        raw.commit()
        raw.execute("PRAGMA foreign_keys = ON")
    finally:
        raw.close()
    assert file.write(fingerprints.fill_fingerprints, 10) == 1
    assert found(file) == [(1, 3), (3, 1)]
    assert make.value(file, "SELECT count(*) FROM fingerprint_keys WHERE post_id = 1") <= fingerprints.STORED_KEYS


def test_boilerplate_is_bounded(file):
    """Posts that all have one text: each has at most so many near-duplicates, and the keys stay few."""
    make.configured(file)
    posts = [story(n, fingerprint=fingerprint(STORY)) for n in range(1, 3 * MAX_POSTS_OF_KEY)]
    make.store(file, *posts)
    assert (
        make.value(file, "SELECT max(n) FROM (SELECT count(*) n FROM fingerprint_keys GROUP BY key)")
        <= MAX_POSTS_OF_KEY
    )
    later = make.value(file, "SELECT count(*) FROM near_duplicates WHERE post_id = :n", n=3 * MAX_POSTS_OF_KEY - 1)
    assert 0 < later <= 3 * MAX_POSTS_OF_KEY
    assert file.read(fingerprints.backlog) == 0


def test_view_is_read_by_indexes(file):
    for query in ("WHERE post_id = 7", "LIMIT 20"):
        plan = make.rows(file, f"EXPLAIN QUERY PLAN SELECT * FROM near_duplicates {query}")
        steps = " ".join(str(row[3]) for row in plan)
        assert "TEMP B-TREE" not in steps
        assert ("SCAN" in steps) == (query == "LIMIT 20")


def test_keys_and_candidates_are_found_by_indexes(file):
    make.configured(file)
    make.store(file, story(1))
    plan = make.query_plan(
        file, lambda connection: writes.write(connection, WriteBatch(1, make.NOW, posts=(story(2),)))
    )
    assert not [step for step in plan if step.startswith("SCAN") and ("fingerprint" in step or "posts" in step)]
