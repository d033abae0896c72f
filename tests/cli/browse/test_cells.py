"""Cells of tables, and the pieces of a difference."""

import sqlite3
from contextlib import closing

import pytest

from ingestd.cli.browse.cells import label_path, render
from ingestd.cli.browse.post_pages import frame_size, shortened
from ingestd.text.diff import Op

CUT = f'{"&lt;i&gt;" * 66}&lt;i… <span class="cut">300 characters</span>'


def row(**values):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        names = ", ".join(f'? AS "{name}"' for name in values)
        return connection.execute(f"SELECT {names}", tuple(values.values())).fetchone()


@pytest.mark.parametrize(
    ("table", "column", "values", "shown"),
    [
        ("posts", "title", {"id": 7, "title": "<b>"}, '<a href="/post/7">&lt;b&gt;</a>'),
        (None, "new_title", {"post_id": 7, "new_title": "N"}, '<a href="/post/7">N</a>'),
        ("pages", "title", {"id": 7, "title": "N"}, None),
        (None, "post_id", {"post_id": 7}, '<a href="/post/7">7</a>'),
        (
            "posts",
            "date",
            {"id": 7, "date": "2026-11-01T00:00:00.000Z"},
            '<span class="time">2026-11-01T00:00:00.000Z</span>',
        ),
        ("posts", "date_raw", {"id": 7, "date_raw": "2026-11-01"}, None),
        ("posts", "revision", {"id": 7, "revision": 2}, None),
        (
            "posts",
            "text",
            {"id": 7, "text": "<i>" * 100},
            CUT,
        ),
        (
            "posts",
            "from_url",
            {"id": 7, "from_url": 'https://a.example/"<'},
            '<a href="https://a.example/&#34;&lt;" rel="noopener noreferrer" target="_blank">a.example/&#34;&lt;</a>',
        ),
        ("posts", "from_url", {"id": 7, "from_url": "javascript:alert(1)"}, None),
        ("posts", "from_url", {"id": 7, "from_url": "data:text/html,<script>"}, None),
        ("posts", "tags", {"id": 7, "tags": "[]"}, None),
        ("posts", "tags", {"id": 7, "tags": "not json"}, None),
        ("posts", "tags", {"id": 7, "tags": "{}"}, None),
        (
            "posts",
            "feed_categories",
            {"id": 7, "feed_categories": '["a b", {"term": "<c>", "scheme": "s"}, 5]'},
            '<span class="labels"><a href="/search?q=category%3A%22a%20b%22">a b</a>'
            ' <a href="/search?q=category%3A%22%3Cc%3E%22">&lt;c&gt;</a></span>',
        ),
    ],
)
def test_cells(table, column, values, shown):
    found = render(row(**values), values[column], column, table)
    assert (None if found is None else str(found)) == shown


def test_labels_are_quoted_where_they_must_be():
    assert label_path("tag", "财经") == "/search?q=tag%3A%E8%B4%A2%E7%BB%8F"
    assert label_path("tag", 'a "b" \\') == "/search?q=tag%3A%22a%20%5C%22b%5C%22%20%5C%5C%22"


def test_long_unchanged_text_is_left_out():
    same = "".join(chr(ord("a") + number % 26) for number in range(1000))
    edits = [(Op.EQUAL, same), (Op.DELETE, "old"), (Op.EQUAL, "short"), (Op.INSERT, "new"), (Op.EQUAL, same)]
    pieces = shortened(edits)
    assert [(piece.kind, len(piece.text) or piece.left_out) for piece in pieces] == [
        *(("gap", 840), ("equal", 160), ("delete", 3), ("equal", 5), ("insert", 3), ("equal", 160), ("gap", 840)),
    ]
    assert pieces[1].text == same[-160:]


@pytest.mark.parametrize(
    ("text", "size"),
    [("", "tiny"), ("word " * 30, "tiny"), ("字" * 300, "short"), ("line\n" * 8, "medium"), ("字" * 9000, "long")],
)
def test_frame_is_as_high_as_the_text(text, size):
    assert frame_size(text) == size
