"""A post that a worker has made ready is stored byte for byte as one that is not."""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from ingestd.model.feed import Category, Enclosure
from ingestd.model.poll import WriteBatch
from ingestd.store import models, post_rows, writes
from ingestd.store.database import Database
from tests.store import make

POSTS = (
    make.post(1, title="渡轮\0停航 \ud83d", text="正文，\ud800两段\n第二段 with words", content="<p>\ud800正文</p>"),
    make.post(2, tags=(), enclosures=(Enclosure("https://cdn.example/a.mp3", "audio/mpeg", 10),)),
    make.post(3, feed_categories=(Category("世界"), Category("a", "b")), language="zh", extra=(("k", "v\udfff"),)),
)


def batch(prepared: bool) -> WriteBatch:
    found = []
    for number, post in enumerate(POSTS, 1):
        page = make.page(final_url="https://news.example/1", body=f"<html>{post.title}".encode("utf-8", "replace") * 50)
        new = make.new(number, like=post, page=page)
        found.append(post_rows.prepare(new) if prepared else new)
    return WriteBatch(1, make.NOW, posts=tuple(found))


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    path = database.path
    assert isinstance(path, Path)
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


def test_a_prepared_post_is_stored_as_any_other(tmp_path: Path):
    stored = []
    for prepared in (False, True):
        with Database(f"sqlite:///{tmp_path / str(prepared)}.db") as database:
            database.upgrade(now=make.NOW)
            make.configured(database)
            assert len(database.write(writes.write, batch(prepared)).stored) == 3
            stored.append(contents(database))
    assert stored[0]["pages"]
    assert stored[0] == stored[1]


def test_what_was_prepared_of_another_record_is_not_used():
    new = post_rows.prepare(make.new(1))
    changed = replace(new, post=replace(new.post, text="another"))
    assert post_rows.prepared_of(new) is not None
    assert post_rows.prepared_of(changed) is None
    assert post_rows.new_row(changed)["text"] == "another"


@pytest.mark.parametrize("prepared", [False, True])
def test_a_page_of_a_server_with_a_dictionary_is_compressed_with_it(tmp_path: Path, prepared: bool):
    content = b"<html><body class='news'>" * 400
    with Database(f"sqlite:///{tmp_path}/ingestd.db") as database:
        database.upgrade(now=make.NOW)
        make.configured(database)
        row = {"host": "news.example", "made_at": "", "size": len(content)}
        row |= {"hash": hashlib.sha256(content).hexdigest(), "body": post_rows.compress(content)}
        with database.engine.begin() as connection:
            connection.execute(insert(models.dictionaries).values(id=1, **row))
            connection.execute(
                insert(models.page_hosts).values(host="news.example", pages_left=5, post_id=1, dictionary_id=1)
            )
        database.write(writes.write, batch(prepared))
        used = contents(database)["pages"]
    assert [len({"zstd-dictionary", 1} & set(row)) for row in used] == [2, 2, 2]
