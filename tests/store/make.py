"""Records for the store's tests, each with a number of its own, and what separate processes do with them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event, inspect, select, text

from ingestd.model.article import BodyOrigin, KeptPage
from ingestd.model.feed import Enclosure, Entry
from ingestd.model.poll import InboxEntry, WriteBatch
from ingestd.model.post import DateOrigin, NewPost, Post, PostUpdate
from ingestd.model.source import Source
from ingestd.store import engine, sources, writes
from ingestd.store.database import Database
from ingestd.store.leases import acquire_leases
from ingestd.store.models import metadata
from ingestd.store.poll_claims import WantedPoll, lease_polls
from ingestd.text.times import utc_now
from tests.support.program import PROCESSES

#: Seconds after which a test that waits for a thread or a process fails instead of hanging.
HANG_GUARD_S = 300
NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def source(name: str = "联合早报", url: str | None = None, **values: Any) -> Source:
    return Source(name=name, url=url or f"https://feeds.example/{name}.xml", **values)


def configured(database: Database, *names: str) -> list[Source]:
    """Sources with these names, as the database has them."""
    return database.write(sources.sync, [source(name) for name in names or ("联合早报",)], NOW)


def post(number: int = 1, **values: Any) -> Post:
    given: dict[str, Any] = {
        "from_url": f"https://news.example/article/{number}",
        "title": f"第{number}条 \u201c渡轮\u201d 停航 😀",
        "date": later(-3600 * number),
        "author": "记者",
        "tags": ("联合早报",),
        "categories": ("联合早报", "香港"),
        "content": f"<p>正文 {number}</p>",
        "text": f"正文 {number}",
        "published_ms": 1_618_759_080_000 + number,
        "fetched_at": NOW,
        "date_origin": DateOrigin.FEED,
        "body_origin": BodyOrigin.PAGE,
        "source_id": 1,
    }
    return Post(**(given | values))


def link(number: int) -> tuple[str, str]:
    return "link", f"https://news.example/article/{number}"


def new(number: int = 1, *keys: tuple[str, str], like: Post | None = None, **values: Any) -> NewPost:
    """A new post; without keys it is known by its link."""
    given: dict[str, Any] = {"seen_at": NOW, "content_digest": f"text {number}", "item_digest": f"item {number}"}
    given["by_own_source"] = False  # the feeds are of another site than the articles
    return NewPost(post=like or post(number), keys=keys or (link(number),), **(given | values))


def update(post_id: int, version: str, **values: Any) -> PostUpdate:
    """The text `version` for a post."""
    given: dict[str, Any] = {
        "title": f"标题 {version}",
        "content": f"<p>{version}</p>",
        "text": version,
        "content_digest": version,
        "at": later(60),
        "reason": "entry",
    }
    return PostUpdate(post_id=post_id, **(given | values))


def page(body: bytes = b"<html>", **values: Any) -> KeptPage:
    given: dict[str, Any] = {"url": "https://a.example/", "final_url": "https://a.example/1", "fetched_at": NOW}
    given |= {"http_status": 200}
    return KeptPage(body=body, **(given | values))


def waiting(number: int = 1, **values: Any) -> InboxEntry:
    entry = Entry(
        title=f"标题 {number}",
        link=link(number)[1],
        authors=("甲", "乙"),
        digest=f"item {number}",
        enclosures=(Enclosure("https://a.example/1.mp3", "audio/mpeg", 9),),
    )
    return InboxEntry(replace(entry, **values), link(number)[1], link(number)[1], NOW, keys=(link(number),))


def store(database: Database, *posts: NewPost, source_id: int = 1, **values: Any) -> writes.WriteResult:
    """Write new posts of a source."""
    changes = WriteBatch(source_id, values.pop("at", NOW), posts=posts, **values)
    return database.write(writes.write, changes)


def rows(database: Database, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a query gives, as plain tuples."""
    with database.engine.connect().execution_options(reads=True) as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def value(database: Database, query: str, **values: Any) -> Any:
    """The first value that a query gives."""
    return rows(database, query, **values)[0][0]


def run(database: Database, statement: str, **values: Any) -> None:
    """What a user does by hand."""
    with database.engine.begin() as connection:
        connection.execute(text(statement), values)


def query_plan(database: Database, read: Callable[[Connection], object]) -> list[str]:
    """The steps by which SQLite answers the queries of `read`."""
    steps: list[str] = []

    def explain(connection: Connection) -> None:
        @event.listens_for(connection, "before_cursor_execute")
        def listen(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            first = parameters[0] if isinstance(parameters, list) else parameters
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", first)
            steps.extend(row[3] for row in cursor.fetchall())

        read(connection)

    database.read(explain)
    return steps


def fill_like(database: Database, filled: Database) -> None:
    """Copy every row of a database of the present schema into one of an earlier schema, as far as it has columns."""
    with filled.engine.connect().execution_options(reads=True) as source, database.engine.begin() as target:
        there = inspect(target)
        names = {*there.get_table_names()} - {"documentation"}
        for table in (table for table in metadata.sorted_tables if table.name in names):
            known = {column["name"] for column in there.get_columns(table.name)}
            columns = [column for column in table.columns if column.name in known]
            if found := [dict(row) for row in source.execute(select(*columns)).mappings()]:
                target.execute(table.insert(), found)
                if "id" in known and target.dialect.name == "postgresql":
                    sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                    target.execute(text(f"SELECT setval({sequence}, max(id)) FROM {table.name}"))


# Separate processes


def at_once(function: Any, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """`function(*arguments)` in one process each, all at the same moment: what each returned, or its error's text."""
    barrier = PROCESSES.Barrier(len(arguments))
    results = PROCESSES.Queue()
    processes = [
        PROCESSES.Process(target=_call, args=(barrier, results, number, function, given))
        for number, given in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    found = dict(results.get(timeout=HANG_GUARD_S) for _ in processes)
    for process in processes:
        process.join(timeout=HANG_GUARD_S)
    results.close()
    results.join_thread()
    return [found[number] for number in range(len(processes))]


def _call(barrier: Any, results: Any, number: int, function: Any, arguments: tuple[Any, ...]) -> None:
    # Processes that write at once may wait long for each other on a busy machine.
    engine.BUSY_TIMEOUT_MS = HANG_GUARD_S * 1000
    barrier.wait(timeout=HANG_GUARD_S)
    try:
        results.put((number, function(*arguments)))
    except Exception as error:  # noqa: BLE001 - the other process tells
        results.put((number, f"{type(error).__name__}: {error}"))


def upgrade_in_process(url: str) -> tuple[str | None, str, bool]:
    with Database(url) as database:
        before, after, backup = database.upgrade(now=NOW)
        return before, after, backup is not None


def store_in_process(url: str, source_id: int, numbers: range) -> tuple[int, int]:
    """Store posts one a transaction: (stored, already known)."""
    with Database(url) as database:
        done = [store(database, new(n, like=post(n, source_id=source_id)), source_id=source_id) for n in numbers]
        return sum(len(item.stored) for item in done), sum(item.already_known for item in done)


def lease_polls_in_process(url: str, holder: str, ids: Sequence[int]) -> list[float]:
    """Lease sources of one host a few at a time: the claimed starts, in seconds of the Unix time."""
    starts: list[float] = []
    with Database(url) as database:
        for source_id in ids:
            poll = WantedPoll(source_id, "hub.example", 1.0, 1000.0)
            leased = database.write(lease_polls, [poll], holder, utc_now, 120.0)
            starts += [start.timestamp() for start in leased.starts.values() if start]
    return starts


def lease_in_process(url: str, holder: str, ids: range) -> set[int]:
    with Database(url) as database:
        return set(database.write(acquire_leases, ids, holder, NOW, 120.0))


def sync_in_process(url: str, names: tuple[str, ...]) -> list[int]:
    with Database(url) as database:
        return [item.id for item in configured(database, *names)]
