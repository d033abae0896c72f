"""Every query and program of docs/sql.md, run on a real database that holds something for each of them to find."""

import json
import re
import sqlite3
import textwrap
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from ingestd.archive.images.files import image_path
from ingestd.cli.demo.report import open_read_only
from ingestd.store.engine import open_engine
from ingestd.store.models import metadata
from ingestd.store.schema import upgrade_schema
from ingestd.text.zstd import zstd

TEXT = (Path(__file__).parents[2] / "docs/sql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n-- (.+?)\n(.*?)```", TEXT, re.S)
PROGRAMS = re.findall(r"```python\n(.*?)```", TEXT, re.S)
NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _post(number: int, source: int, **given: Any) -> dict[str, Any]:
    return {
        "id": number,
        "source_id": source,
        "from_url": f"https://{source}.example/{number}",
        "title": f"第 {number} 条新闻的标题",
        "date": f"2024-03-{number:02}T23:30:00.000Z",
        "author": "林见秋",
        "tags": json.dumps(["本地"], ensure_ascii=False),
        "content": "<p>文</p>",
        "text": "早晨的码头上，渡轮提前开出。" * 3,
        "date_origin": "feed",
        "zone_origin": "stated",
        "date_clamped": 0,
        "body_origin": "page",
        "fetched_at": f"2024-03-{number + 1:02}T00:30:00.000Z",
        "updated_at": NOW,
        "page_state": None,
        "page_checked_at": None,
        **given,
    }


def _rows() -> dict[str, list[dict[str, Any]]]:
    names = {1: "苇港日报", 2: "青渡晚报"}
    page = zstd.compress("<p>青渡</p>".encode("gbk"))
    like = b"<html><nav>what all pages of the site have</nav>" * 9
    content = zstd.ZstdDict(like, is_raw=True)
    alike = like + "<p>苇港</p>".encode()
    gone = {"page_state": "gone", "page_checked_at": "2024-03-06T23:30:00.000Z"}
    unsure = {"date_origin": "ingested", "zone_origin": "assumed", "date_clamped": 1, "body_origin": "summary"}
    return {
        "sources": [
            {
                "id": number,
                "name": name,
                "url": f"https://{number}.example/",
                "config_url": "",
                "added_at": "2024-01-01",
            }
            for number, name in names.items()
        ],
        "posts": [
            _post(1, 1, title="跨湾渡轮新时刻表"),
            _post(2, 2, title="跨湾渡轮新时刻表", author="青渡晚报", tags='["本地", "出行"]'),
            _post(3, 1, text="没有那个词", **gone),
            _post(4, 2, text="也没有", **unsure),
        ],
        "near_duplicate_pairs": [{"post_id": 1, "other_id": 2, "similarity": 0.93}],
        "sightings": [
            {"post_id": 1, "source_id": 2, "first_seen_at": "2024-03-02T08:00:00.000Z", "last_seen_at": NOW},
            {"post_id": 1, "source_id": 1, "first_seen_at": "2024-03-01T08:00:00.000Z", "last_seen_at": NOW},
            {"post_id": 3, "source_id": 1, "first_seen_at": "2024-03-03T08:00:00.000Z", "last_seen_at": NOW},
        ],
        "revisions": [
            {"post_id": 1, "revision": 1, "title": "渡轮要改点", "content": "", "recorded_at": NOW, "reason": "page"},
            {"post_id": 3, "revision": 1, "title": "旧题", "content": "", "recorded_at": NOW, "reason": "rule"},
        ],
        "polls": [
            {"source_id": 2, "started_at": at, "seconds": 1.0, "outcome": outcome, "error": error}
            for at, outcome, error in (
                (NOW, "timeout", "20 s"),
                (NOW, "ok", None),
                ("2020-01-01T00:00:00.000Z", "gone", "410"),
            )
        ],
        "problems": [
            {
                "source_id": 1,
                "url": "https://1.example/9",
                "outcome": "not-found",
                "reason": "404",
                "first_at": NOW,
                "last_at": NOW,
            }
        ],
        "media": [
            {
                "url": f"https://2.example/{name}",
                "host": "2.example",
                "post_id": 2,
                "added_at": NOW,
                "outcome": outcome,
                "hash": "ab12" * 16,
                "type": "image/jpeg",
                "width": 3,
                "height": 2,
            }
            for name, outcome in (("a", "ok"), ("b", "gone"))
        ],
        "dictionaries": [
            {
                "id": 7,
                "host": "1.example",
                "made_at": NOW,
                "size": len(like),
                "hash": "",
                "body": zstd.compress(like),
            }
        ],
        "pages": [
            {
                "post_id": post,
                "url": f"https://2.example/{post}",
                "final_url": f"https://2.example/{post}",
                "fetched_at": NOW,
                "http_status": 200,
                "charset": charset,
                "size": size,
                "body": body,
                "dictionary_id": dictionary,
            }
            for post, charset, size, body, dictionary in (
                (2, "gbk", 11, page, None),
                (1, None, len(alike), zstd.compress(alike, zstd_dict=content), 7),
            )
        ],
    }


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "var" / "ingestd.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade_schema(engine, now=datetime.now(UTC))
    with engine.begin() as connection:
        for name, rows in _rows().items():
            connection.execute(insert(metadata.tables[name]), rows)
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def archive(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_read_only(database)) as connection:
        yield connection


def test_there_are_twelve_questions_and_more():
    numbers = [int(match[1]) for title, _ in QUERIES if (match := re.match(r"(\d+)\.", title))]
    assert numbers == list(range(1, 13))
    assert len(QUERIES) == 16


def _answer(archive: sqlite3.Connection, start: str) -> list[tuple[Any, ...]]:
    (sql,) = [sql for title, sql in QUERIES if title.startswith(start)]
    return archive.execute(sql).fetchall()


@pytest.mark.parametrize("title", [title for title, _ in QUERIES])
def test_every_query_finds_something(archive: sqlite3.Connection, title: str):
    assert _answer(archive, title)


@pytest.mark.parametrize(
    ("number", "rows"),
    [
        ("2.", [("2024-03", "青渡晚报", 2), ("2024-03", "苇港日报", 2)]),
        ("3.", [("跨湾渡轮新时刻表", 2, "苇港日报 2024-03-01T08:00 → 青渡晚报 2024-03-02T08:00")]),
        ("5.", [(NOW, "渡轮要改点", "跨湾渡轮新时刻表", "https://1.example/1")]),
        ("7.", [("本地", 4), ("出行", 1)]),
        ("9.", [("07", 3)]),
        ("10.", [("苇港日报", 2, 0, 0, 0, 0), ("青渡晚报", 2, 1, 1, 1, 1)]),
        ("11.", [("苇港日报", 2, 1.0), ("青渡晚报", 1, 1.0)]),
        ("12.", [("青渡晚报", "timeout", 1, NOW, "20 s")]),
    ],
)
def test_answers_of_the_queries(archive: sqlite3.Connection, number: str, rows: list[tuple[Any, ...]]):
    # The order of equals is the database's own affair.
    assert sorted(_answer(archive, number)) == sorted(rows)


def test_snippet_around_a_word(archive: sqlite3.Connection):
    rows = _answer(archive, "1.")
    assert [row[0] for row in rows] == ["2024-03-02", "2024-03-01"]
    assert all("渡轮" in row[3] for row in rows)


def test_path_of_an_image(archive: sqlite3.Connection):
    found = _answer(archive, "Which images")
    assert found == [("跨湾渡轮新时刻表", "https://2.example/a", 3, 2, image_path("ab12" * 16, "image/jpeg"))]


def test_reprints_name_both_addresses(archive: sqlite3.Connection):
    ((title, sources, _, _, addresses),) = _answer(archive, "4.")
    assert (title, sources) == ("跨湾渡轮新时刻表", 2)
    assert sorted(addresses.split("\n")) == ["https://1.example/1", "https://2.example/2"]


def test_removed_article_was_online_for_three_days(archive: sqlite3.Connection):
    ((title, _, _, days, source, _),) = _answer(archive, "6.")
    assert (title, days, source) == ("第 3 条新闻的标题", 3.0, "苇港日报")


def test_author_equal_to_the_source_name_is_excluded(archive: sqlite3.Connection):
    assert {(row[0], row[1], row[2]) for row in _answer(archive, "8.")} == {
        ("苇港日报", "林见秋", 2),
        ("青渡晚报", "林见秋", 1),
    }


def test_pages_are_decompressed(database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    [program] = PROGRAMS
    monkeypatch.chdir(database.parent.parent)
    names: dict[str, Any] = {}
    exec(compile(textwrap.dedent(program), "docs/sql.md", "exec"), names)
    names["archive"].close()
    out = capsys.readouterr().out
    assert "青渡" in out
    assert "what all pages of the site have" in out
