"""JSON Lines and CSV: valid for any posts, with the whole content."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.archive.formats.tables import COLUMNS, write_csv, write_jsonl
from ingestd.model.feed import Category, Enclosure
from ingestd.model.post import Post
from tests.archive.examples import POST, post, posts, with_replaced_surrogates


def as_jsonl(some) -> list[dict[str, object]]:
    stream = io.StringIO()
    assert write_jsonl(some, stream) == len(some)
    text = stream.getvalue()
    text.encode()
    return [json.loads(line) for line in text.split("\n")[:-1]]


def as_csv(some, **options) -> list[dict[str, str]]:
    stream = io.StringIO(newline="")
    assert write_csv(some, stream, **options) == len(some)
    stream.getvalue().encode()
    return list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))


def test_json_line_of_a_post():
    (line,) = as_jsonl([replace(POST, id=7, enclosures=(Enclosure("https://a.example/1.mp3", "audio/mpeg", 9),))])
    assert line == {
        "id": 7,
        "layout": "post",
        "title": POST.title,
        "date": "2021-04-18T01:45:12.653Z",
        "author": "联合早报",
        "from": POST.from_url,
        "tags": ["联合早报"],
        "categories": ["联合早报"],
        "content": POST.content,
        "text": POST.text,
        "published_ms": 1618759080000,
        "date_origin": "feed",
        "body_origin": "feed",
        "language": None,
        "image": None,
        "fetched_at": "2026-01-02T03:04:05.678Z",
        "updated_at": "2026-01-02T03:04:05.678Z",
        "revision": 1,
        "extraction_version": None,
        "feed_categories": None,
        "enclosures": [{"url": "https://a.example/1.mp3", "type": "audio/mpeg", "length": 9}],
    }
    assert tuple(line)[: len(COLUMNS)] == COLUMNS


def test_categories_of_the_entry_as_the_feed_states_them():
    one = replace(POST, feed_categories=(Category("World"), Category("t1", "https://s.example/")))
    (line,) = as_jsonl([one])
    assert line["feed_categories"] == ["World", {"term": "t1", "scheme": "https://s.example/"}]
    (row,) = as_csv([one])
    assert row["feed_categories"] == "World, t1"


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ("中国", "中国"),
        ('=HYPERLINK("http://evil.example")', '\'=HYPERLINK("http://evil.example")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("＝x", "'＝x"),
        ("\t=x", "'\t=x"),
        ("a=b", "a=b"),
        ('a,"b"\nc', 'a,"b"\nc'),
        ("a\0b", "ab"),
    ],
)
def test_formulas_are_escaped_in_csv(title, cell):
    assert as_csv([post(title=title)])[0]["title"] == cell
    assert as_csv([post(title=title)], exact=True)[0]["title"] == title.replace("\0", "")


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(posts, max_size=3))
def test_any_posts_round_trip(some):
    assert [(line["title"], line["tags"]) for line in as_jsonl(some)] == [
        (with_replaced_surrogates(one.title), [with_replaced_surrogates(tag) for tag in one.tags]) for one in some
    ]
    assert [row["content"] for row in as_csv(some, exact=True)] == [
        with_replaced_surrogates(one.content).replace("\0", "") for one in some
    ]


def test_posts_are_streamed():
    stream = io.StringIO()

    def some() -> Iterator[Post]:
        yield post(title="first")
        assert "first" in stream.getvalue()
        yield post(title="second")

    write_jsonl(some(), stream)
    assert "second" in stream.getvalue()
