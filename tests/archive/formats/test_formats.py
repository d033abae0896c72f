"""JSON Lines, CSV, Atom, JSON Feed and the SQLite copy: valid whatever the posts hold, and with the whole content."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.archive.atomic_files import atomic_file
from ingestd.archive.formats.feeds import write_atom, write_json_feed
from ingestd.archive.formats.sqlite_copy import write_sqlite
from ingestd.archive.formats.tables import COLUMNS, write_csv, write_jsonl
from ingestd.model.errors import ArchiveError
from ingestd.model.feed import Enclosure
from ingestd.model.post import Post
from tests.archive.examples import NOW, POST, post, posts

ATOM = "{http://www.w3.org/2005/Atom}"


def stored(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


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


def as_atom(some) -> ElementTree.Element:
    stream = io.StringIO()
    assert write_atom(some, stream, title="我的 <feed>", now=NOW) == len(some)
    return ElementTree.fromstring(stream.getvalue())


def as_json_feed(some) -> Any:
    stream = io.StringIO()
    assert write_json_feed(some, stream, title="我的 feed") == len(some)
    stream.getvalue().encode()
    return json.loads(stream.getvalue())


def test_a_line_of_json():
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
        "enclosures": [{"url": "https://a.example/1.mp3", "type": "audio/mpeg", "length": 9}],
    }
    assert tuple(line)[: len(COLUMNS)] == COLUMNS


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
def test_a_spreadsheet_runs_nothing(title, cell):
    assert as_csv([post(title=title)])[0]["title"] == cell
    assert as_csv([post(title=title)], exact=True)[0]["title"] == title.replace("\0", "")


@settings(max_examples=60, deadline=None)
@given(st.lists(posts, max_size=3))
def test_whatever_posts_hold_is_read_back(some):
    assert [(line["title"], line["tags"]) for line in as_jsonl(some)] == [
        (stored(one.title), [stored(tag) for tag in one.tags]) for one in some
    ]
    assert [row["content"] for row in as_csv(some, exact=True)] == [
        stored(one.content).replace("\0", "") for one in some
    ]
    entries = as_atom(some).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}content") for entry in entries] == [xml_text(one.content) for one in some]
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [xml_text(one.title) for one in some]
    assert [item["content_html"] for item in as_json_feed(some)["items"]] == [stored(one.content) for one in some]


def xml_text(text: str) -> str:
    """What XML 1.0 can hold of a text; empty for none, as an element without text has none."""
    return re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text.replace("\r", "\n"))


def test_atom_has_what_the_standard_asks_for():
    one = post(
        title="A & <B>",
        language="zh-Hans",
        tags=("新闻", ""),
        categories=("新闻", 'x "y"'),
        enclosures=(Enclosure("https://a.example/1 2.mp3", "audio/mpeg", 9), Enclosure("javascript:x", "a b", -1)),
        modified_at=datetime(2021, 5, 1, tzinfo=UTC),
    )
    feed = as_atom([one, post(from_url="https://a.example/2?a=1&b=2", author="")])
    assert " ".join(child.tag.removeprefix(ATOM) for child in feed) == "id title updated author generator entry entry"
    assert feed.findtext(f"{ATOM}title") == "我的 <feed>"
    assert feed.findtext(f"{ATOM}updated") == "2026-01-02T03:04:05.678Z"
    first, second = feed.findall(f"{ATOM}entry")
    assert first.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-Hans"
    assert first.findtext(f"{ATOM}title") == "A & <B>"
    assert first.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
    assert first.findtext(f"{ATOM}id") != second.findtext(f"{ATOM}id")
    assert first.findtext(f"{ATOM}published") == "2021-04-18T01:45:12.653Z"
    assert first.findtext(f"{ATOM}updated") == "2021-05-01T00:00:00.000Z"
    assert [child.get("term") for child in first.findall(f"{ATOM}category")] == ["新闻", 'x "y"']
    assert [child.attrib for child in first.findall(f"{ATOM}link")] == [
        {"rel": "alternate", "type": "text/html", "href": POST.from_url},
        {"rel": "enclosure", "href": "https://a.example/1%202.mp3", "type": "audio/mpeg", "length": "9"},
    ]
    assert [child.attrib for child in first.findall(f"{ATOM}content")] == [{"type": "html"}]
    # An entry without an author has that of the feed.
    assert second.find(f"{ATOM}author") is None
    assert [child.get("href") for child in second.findall(f"{ATOM}link")] == ["https://a.example/2?a=1&b=2"]
    # The identifier of an article does not depend on where or when it was exported.
    assert as_atom([one]).findtext(f"{ATOM}entry/{ATOM}id") == first.findtext(f"{ATOM}id")


def test_a_feed_reader_takes_the_atom_feed():
    stream = io.StringIO()
    write_atom([POST], stream, title="我的", now=NOW)
    parsed = feedparser.parse(stream.getvalue().encode())
    assert not parsed.bozo
    assert parsed.version == "atom10"
    (entry,) = parsed.entries
    assert (entry.title, entry.link, entry.author) == (POST.title, POST.from_url, POST.author)
    assert entry.content[0].value == POST.content


def test_json_feed():
    one = post(
        language="not a tag!",
        image="https://a.example/i.png",
        enclosures=(Enclosure("https://a.example/1.mp3", "audio/mpeg"), Enclosure("https://a.example/2", None)),
        revision=2,
        updated_at=NOW,
    )
    feed = as_json_feed([one, POST])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "我的 feed"
    assert feed["items"][0] == {
        "id": POST.from_url,
        "url": POST.from_url,
        "title": POST.title,
        "content_html": POST.content,
        "date_published": "2021-04-18T01:45:12.653Z",
        "date_modified": "2026-01-02T03:04:05.678Z",
        "authors": [{"name": "联合早报"}],
        "tags": ["联合早报"],
        "image": "https://a.example/i.png",
        "attachments": [{"url": "https://a.example/1.mp3", "mime_type": "audio/mpeg"}],
    }
    assert as_json_feed([])["items"] == []


def test_the_copy_is_a_whole_database_for_reading(tmp_path):
    path = tmp_path / "copy.db"
    some = [replace(POST, id=3), post(id=9, from_url="https://a.example/9", tags=("a", "\ud800"), title="x\0y")]
    assert write_sqlite(iter(some), path, now=NOW) == 2
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute('SELECT "from", tags, title FROM front_matter ORDER BY date, 1').fetchall() == [
            ("https://a.example/9", '["a", "\ufffd"]', "xy"),
            (POST.from_url, '["联合早报"]', POST.title),
        ]
        assert connection.execute("SELECT id FROM posts ORDER BY id").fetchall() == [(3,), (9,)]
        assert dict(connection.execute("SELECT * FROM about"))["made_at"] == "2026-01-02T03:04:05.678Z"
    assert path.stat().st_mode & 0o222 == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["copy.db"]
    # A second copy takes the place of the first.
    assert write_sqlite([], path, now=NOW) == 0


def test_a_copy_that_fails_leaves_the_one_before(tmp_path):
    path = tmp_path / "copy.db"
    write_sqlite([replace(POST, id=1)], path, now=NOW)
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match="UNIQUE"):
        write_sqlite([replace(POST, id=1), replace(POST, id=2)], path, now=NOW)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["copy.db"]
    with pytest.raises(ArchiveError, match="cannot be written"):
        write_sqlite([], tmp_path / "no" / "copy.db", now=NOW)


def test_an_atomic_file_is_whole_or_as_before(tmp_path):
    path = tmp_path / "posts.jsonl"
    with atomic_file(path) as stream:
        stream.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    with pytest.raises(RuntimeError), atomic_file(path) as stream:
        stream.write(b"two")
        raise RuntimeError
    assert path.read_bytes() == b"one"
    with pytest.raises(ArchiveError, match="cannot be written: No such file"), atomic_file(tmp_path / "a" / "b"):
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == ["posts.jsonl"]


def test_writing_streams():
    # The second post is asked for only when the first is on its way out.
    stream = io.StringIO()

    def some() -> Iterator[Post]:
        yield post(title="first")
        assert "first" in stream.getvalue()
        yield post(title="second")

    for write in (
        write_jsonl,
        lambda p, s: write_atom(p, s, title="t", now=NOW),
        lambda p, s: write_json_feed(p, s, title="t"),
    ):
        stream.seek(0)
        stream.truncate()
        write(some(), stream)
        assert "second" in stream.getvalue()
