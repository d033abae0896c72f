"""Search at scale: the index against LIKE and against a scan of every post, on a corpus of its own.

    python -m tests.bench.search [POSTS]

One archive of POSTS (100,000), a third Chinese, a third English, a third mixed, of some 300 characters each. Printed
are the index's size, what it adds to storing, and the CPU time of queries; each answer is compared with a scan in
Python, post by post. Exit status 1 where a target is missed.
"""

import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from ingestd.model.article import BodyOrigin
from ingestd.model.poll import WriteBatch
from ingestd.model.post import DateOrigin, NewPost, Post
from ingestd.store import search, search_triggers, writes
from ingestd.store.database import Database
from ingestd.store.found_posts import search_posts
from ingestd.text.search.characters import folded
from ingestd.text.search.query import Contains
from tests.bench.words import language
from tests.store.search_texts import contains

MAX_INDEX_SHARE = 0.4
MIN_SPEEDUP = 50
START = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH_POSTS = 30


class Corpus:
    """Texts drawn from a fixed seed: the first posts of a long corpus are those of a short one.

    Words follow Zipf's law. Each has some usual successors, and each post a topic, so that pairs of characters are
    about as diverse as in real news: 0.8 different ones a character in a post of 300, one in five of them in no other
    post of a thousand.
    """

    def __init__(self, seed: int = 7, words: int = 8000, successors: int = 30) -> None:
        self._random = random.Random(seed)
        characters = [chr(code) for code in range(0x4E00, 0x9FA0, 7)]
        self._random.shuffle(characters)
        weights = list(accumulate(1 / (rank + 20) for rank in range(len(characters))))
        self.words = [
            "".join(self._random.choices(characters, cum_weights=weights, k=self._length(rank)))
            for rank in range(words)
        ]
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(words)))
        self._usual_weights = list(accumulate(1 / (rank + 1) for rank in range(successors)))
        self._usual: dict[int, list[int]] = {}

    def _length(self, rank: int) -> int:
        return 1 if rank < 40 else self._random.choices((1, 2, 3, 4), (3, 72, 17, 8))[0]

    def posts(self) -> Iterator[tuple[str, str]]:
        """Titles and texts without end: Chinese, English and mixed in turn."""
        while True:
            english = language("en-gb").paragraph(self._random, 4)
            yield self._title(), self._chinese(300)
            yield english.partition(".")[0], english
            yield self._title(), f"{self._chinese(150)}\n{language('en-gb').paragraph(self._random, 2)}"

    def _title(self) -> str:
        return self._chinese(14).replace("\n", "")

    def _draw(self, count: int) -> list[int]:
        return self._random.choices(range(len(self.words)), cum_weights=self._weights, k=count)

    def _following(self, word: int) -> int:
        if word not in self._usual:
            self._usual[word] = self._draw(len(self._usual_weights))
        return self._random.choices(self._usual[word], cum_weights=self._usual_weights)[0]

    def _chinese(self, length: int) -> str:
        topic = self._draw(30)
        parts: list[str] = []
        size, word = 0, topic[0]
        while size < length:
            for _ in range(self._random.randint(4, 12)):
                kind = self._random.random()
                word = (
                    self._random.choice(topic)
                    if kind < 0.2
                    else self._draw(1)[0]
                    if kind < 0.3
                    else self._following(word)
                )
                parts.append(self.words[word])
                size += len(parts[-1])
            parts.append(self._random.choice("，，，。。；、\n"))
        return "".join(parts)


def new_post(number: int, title: str, text: str) -> NewPost:
    """The post of a number, an hour after the one before."""
    at = START + timedelta(hours=number % 50_000)
    url = f"https://news.example/{number}"
    post = Post(
        source_id=None, from_url=url, title=title, date=at, author="", tags=(), categories=(), text=text,
        content=f"<p>{text}</p>", published_ms=None, fetched_at=at, date_origin=DateOrigin.FEED,
        body_origin=BodyOrigin.FEED,
    )  # fmt: skip
    return NewPost(post=post, keys=(("link", url),), seen_at=at, content_digest=str(number))


def store(database: Database, posts: Iterator[tuple[str, str]], count: int) -> float:
    """Store posts as polls do, thirty in a transaction: CPU seconds of the writes."""
    spent, number = 0.0, 0
    while batch := [
        new_post(number + n, *pair) for n, pair in enumerate(islice(posts, min(_BATCH_POSTS, count - number)))
    ]:
        number += len(batch)
        started = time.process_time()
        database.write(writes.write, WriteBatch(0, START, posts=tuple(batch)))
        spent += time.process_time() - started
    return spent


def without_index(database: Database) -> None:
    """Remove the index: what storing costs by itself."""
    with database.engine.begin() as connection:
        search_triggers.drop_triggers(connection)
        connection.exec_driver_sql("DROP TABLE posts_fts")


@dataclass
class Report:
    """Lines for people, figures for programs, and which targets were missed."""

    figures: dict[str, Any] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, *, at_most: float | None = None, at_least: float | None = None) -> None:
        """Record a figure and compare it with its target."""
        self.figures[name] = round(value, 4)
        if (at_most is not None and value > at_most) or (at_least is not None and value < at_least):
            self.missed.append(
                f"{name}: {value:.4g}, target {'<=' if at_most is not None else '>='} {at_most or at_least}"
            )
        sys.stdout.write(f"{name:58} {value:12,.4f}\n")
        sys.stdout.flush()


def cpu_ms(function: Callable[[], Any], rounds: int = 3) -> tuple[float, Any]:
    """The least CPU milliseconds of some rounds, and the result."""
    best, result = float("inf"), None
    for _ in range(rounds):
        started = time.process_time()
        result = function()
        best = min(best, time.process_time() - started)
    return best * 1000, result


def measure_storing(folder: Path, posts: int, report: Report) -> None:
    """What the index adds to `write`, on the first posts of the corpus, in turns."""
    spent = {True: float("inf"), False: float("inf")}
    for turn in range(4):
        indexed = bool(turn % 2)
        with Database(f"sqlite:///{folder}/{turn}.db") as database:
            database.upgrade(now=START)
            if not indexed:
                without_index(database)
            spent[indexed] = min(spent[indexed], store(database, Corpus().posts(), posts))
    report.add("storing without the index, CPU ms a post", spent[False] / posts * 1000)
    report.add("what the index adds, CPU ms a post", (spent[True] - spent[False]) / posts * 1000)


def measure_size(database: Database, report: Report) -> None:
    """The index's share of the texts that it serves."""
    with closing(sqlite3.connect(database.path or "")) as user:
        text = user.execute(
            "SELECT sum(length(CAST(title AS BLOB)) + length(CAST(text AS BLOB))) FROM posts"
        ).fetchone()[0]
        index = user.execute("SELECT sum(length(block)) FROM posts_fts_data").fetchone()[0]
        index += user.execute("SELECT sum(length(sz) + 8) FROM posts_fts_docsize").fetchone()[0]
        segments = user.execute("SELECT count(DISTINCT segid) FROM posts_fts_idx").fetchone()[0]
    report.add("text, MB", text / 1e6)
    report.add("index, share of the text", index / text, at_most=MAX_INDEX_SHARE)
    report.add("index, segments", segments)


def sought_terms(user: sqlite3.Connection, corpus: Corpus) -> dict[str, list[str]]:
    """Words of two characters by how many posts have them, and other terms."""
    user.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'posts_fts', 'row')")
    known = set(corpus.words)
    ranked = [
        word
        for word, _ in user.execute("SELECT term, doc FROM temp.words ORDER BY doc DESC")
        if word in known and len(word) == 2
    ]
    long = [word for word in corpus.words if len(word) == 4][:2]
    return {
        "common": ranked[:3],
        "frequent": ranked[len(ranked) // 20 : len(ranked) // 20 + 3],
        "rare": ranked[-3:],
        "one character": [ranked[0][0], ranked[-1][0]],
        "four characters": long,
        "two words in one": [ranked[3] + ranked[9]],
        "a Latin word": ["museum"],
        "a phrase": ["the national museum"],
    }


def measure_queries(database: Database, report: Report) -> None:
    """Every kind of term: as plain SQL, as the command asks for the newest, and compared with LIKE and with a scan."""
    with closing(sqlite3.connect(database.path or "")) as user:
        terms = sought_terms(user, Corpus())
        stored = user.execute("SELECT id, title, text FROM posts").fetchall()
        for kind, words in terms.items():
            for word in words:
                _measure_term(user, database, stored, kind, word, report)


def _measure_term(
    user: sqlite3.Connection, database: Database, stored: list[Any], kind: str, word: str, report: Report
) -> None:
    term = folded(word)
    expected = {row for row, title, text in stored if contains(term, f" {title} ") or contains(term, f" {text} ")}
    query = Contains(term)
    sql = database.read(search.search_sql, query)
    found = {row[0] for row in user.execute(sql.select(10**9))}
    report.add(f"{kind}: posts", len(expected))
    report.add(f"{kind}: recall", len(found & expected) / max(1, len(expected)), at_least=1)
    report.add(f"{kind}: precision", len(found & expected) / max(1, len(found)), at_least=1)
    newest, _ = cpu_ms(lambda: database.read(search_posts, query, limit=20))
    report.add(f"{kind}: the newest 20, CPU ms", newest)
    like = f"SELECT count(*) FROM posts WHERE title LIKE '%{word}%' OR text LIKE '%{word}%'"
    scanned, _ = cpu_ms(lambda: user.execute(like).fetchone(), rounds=2)
    report.add(f"{kind}: LIKE, CPU ms", scanned)
    if len(word) == 2:
        plain, count = cpu_ms(
            lambda: user.execute("SELECT count(*) FROM posts_fts WHERE posts_fts MATCH ?", (word,)).fetchone()[0]
        )
        report.add(f"{kind}: MATCH, CPU ms", plain)
        report.add(f"{kind}: MATCH, faster than LIKE", scanned / plain, at_least=MIN_SPEEDUP)
        report.add(f"{kind}: MATCH, share of the posts found", count / max(1, len(expected)), at_least=1, at_most=1)


def main(argv: list[str]) -> int:
    """Run, print, and say which targets were missed."""
    posts = int(argv[0]) if argv else 100_000
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ingestd-search-") as name:
        folder = Path(name)
        measure_storing(folder, min(posts, 6000), report)
        with Database(f"sqlite:///{folder}/all.db") as database:
            database.upgrade(now=START)
            store(database, Corpus().posts(), posts)
            measure_size(database, report)
            measure_queries(database, report)
    sys.stdout.write(json.dumps(report.figures, ensure_ascii=False) + "\n")
    for line in report.missed:
        sys.stdout.write(f"MISSED {line}\n")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
