"""Near-duplicates at scale: what fingerprints cost when posts are stored, and how fast pairs are found.

    python -m tests.bench.near_duplicates [POSTS]

One archive of POSTS (20,000), the Chinese ones of the corpus of `tests.bench.search`, every tenth the reprint of an
earlier one. Exit status 1 where a target is missed.
"""

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from unittest.mock import patch

from ingestd.model.poll import WriteBatch
from ingestd.model.post import NewPost
from ingestd.store import fingerprint_triggers, new_posts, writes
from ingestd.store.database import Database
from ingestd.text.fingerprint import fingerprint
from tests.bench.search import Corpus, Report, cpu_ms, new_post

#: What fingerprints may add to the CPU time of storing a post.
MAX_ADDED_SHARE = 0.2
_BATCH_POSTS = 30


def posts() -> Iterator[tuple[NewPost, float]]:
    """Posts without end, each with the CPU seconds that its fingerprint took."""
    earlier: list[tuple[str, str]] = []
    for number, original in enumerate(islice(Corpus().posts(), 0, None, 3)):
        title, text = original
        if number % 10 == 9:
            title, text = earlier[number // 20 * 10]
            text = f"(Agency) {text} More on this."
        earlier.append(original)
        started = time.process_time()
        value = fingerprint(text)
        yield replace(new_post(number, title, text), fingerprint=value), time.process_time() - started


def store(database: Database, count: int) -> tuple[float, float]:
    """Store posts, thirty in a transaction: CPU seconds of the writes, and those of making the fingerprints."""
    given, written, made = islice(posts(), count), 0.0, 0.0
    while batch := list(islice(given, _BATCH_POSTS)):
        made += sum(seconds for _, seconds in batch)
        changes = WriteBatch(0, batch[0][0].seen_at, posts=tuple(new for new, _ in batch))
        started = time.process_time()
        database.write(writes.write, changes)
        written += time.process_time() - started
    return written, made


def measure_storing(folder: Path, count: int, report: Report) -> None:
    """What fingerprints add to `write`, in turns with and without."""
    written, made = {True: float("inf"), False: float("inf")}, float("inf")
    for turn in range(6):
        compared = bool(turn % 2)
        with Database(f"sqlite:///{folder}/{turn}.db") as database:
            database.upgrade(now=next(posts())[0].seen_at)
            if compared:
                seconds, made_now = store(database, count)
                made = min(made, made_now)
            else:
                with database.engine.begin() as connection:
                    fingerprint_triggers.drop_triggers(connection)
                with patch.object(new_posts, "add_fingerprints", lambda *_: None):
                    seconds, _ = store(database, count)
            written[compared] = min(written[compared], seconds)
    report.add("making a fingerprint, CPU ms a post", made / count * 1000)
    report.add("storing without fingerprints, CPU ms a post", written[False] / count * 1000)
    added = written[True] - written[False]
    report.add("what fingerprints add, CPU ms a post", added / count * 1000)
    report.add("what fingerprints add, share", added / written[False], at_most=MAX_ADDED_SHARE)


def measure_size_and_queries(database: Database, count: int, report: Report) -> None:
    """Bytes a post, what is found, and the time of the view's usual questions."""
    with closing(sqlite3.connect(database.path or "")) as user:
        for name in ("fingerprints", "fingerprint_keys", "near_duplicate_pairs"):
            pages = user.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name = ? OR name = 'ix_' || ? || '_other_id'", (name, name)
            ).fetchone()[0]
            report.add(f"{name}, bytes a post", pages / count)
        # Of each original there are two reprints: three pairs.
        expected = count // 20 * 3
        found = user.execute("SELECT count(*) FROM near_duplicate_pairs").fetchone()[0]
        report.add("pairs found, share of all", found / expected, at_least=0.9, at_most=1.02)
        queries = {
            "of a post": f"SELECT * FROM near_duplicates WHERE post_id = {count // 20 * 10 + 1}",
            "twenty": "SELECT * FROM near_duplicates LIMIT 20",
            "the twenty most similar": "SELECT * FROM near_duplicates ORDER BY similarity DESC LIMIT 20",
        }
        for kind, query in queries.items():
            report.add(f"{kind}, CPU ms", cpu_ms(partial(_all, user, query))[0])


def _all(user: sqlite3.Connection, query: str) -> list[tuple[float, ...]]:
    return user.execute(query).fetchall()


def main(argv: list[str]) -> int:
    """Run, print, and say which targets were missed."""
    count = int(argv[0]) if argv else 20_000
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ingestd-near-duplicates-") as name:
        folder = Path(name)
        measure_storing(folder, min(count, 6000), report)
        with Database(f"sqlite:///{folder}/all.db") as database:
            database.upgrade(now=next(posts())[0].seen_at)
            store(database, count)
            measure_size_and_queries(database, count, report)
    sys.stdout.write(json.dumps(report.figures) + "\n")
    for line in report.missed:
        sys.stdout.write(f"MISSED {line}\n")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
