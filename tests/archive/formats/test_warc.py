"""Pages as WARC 1.1: what warcio, an independent reader of ours, reads back."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from ingestd.archive.formats.warc import write_warc
from ingestd.model.article import KeptPage

AT = datetime(2024, 5, 1, 2, 3, 4, 567_000, tzinfo=UTC)


def page(**values: Any) -> KeptPage:
    return KeptPage(
        **{
            "url": "http://a.example/1",
            "final_url": "https://a.example/1?x=1",
            "fetched_at": AT,
            "http_status": 200,
            "body": "<p>正文</p>".encode(),
            "content_type": "text/html; charset=utf-8",
            **values,
        }
    )


def read(pages: list[KeptPage]) -> tuple[int, list[tuple[ArcWarcRecord, bytes]]]:
    stream = BytesIO()
    count = write_warc(pages, stream, name="x.warc.gz")
    records = ArchiveIterator(BytesIO(stream.getvalue()), check_digests="raise")
    found = [(record, record.content_stream().read()) for record in records]
    return count, found


def test_page_becomes_a_response_record():
    count, [(info, about), (record, body)] = read([page(etag='"e"', last_modified="Wed, 01 May 2024 00:00:00 GMT")])
    assert count == 1
    assert info.rec_type == "warcinfo"
    assert b"WARC File Format 1.1" in about
    assert info.rec_headers.get_header("WARC-Filename") == "x.warc.gz"
    assert record.rec_headers.protocol == "WARC/1.1"
    assert record.rec_headers.get_header("WARC-Target-URI") == "https://a.example/1?x=1"
    assert record.rec_headers.get_header("WARC-Date") == "2024-05-01T02:03:04.567Z"
    assert record.rec_headers.get_header("WARC-Payload-Digest")
    assert record.http_headers.get_statuscode() == "200"
    assert dict(record.http_headers.headers) == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len("<p>正文</p>".encode())),
        "ETag": '"e"',
        "Last-Modified": "Wed, 01 May 2024 00:00:00 GMT",
    }
    assert body == "<p>正文</p>".encode()


@pytest.mark.parametrize("body", [b"", b"\r\n\r\nWARC/1.1\r\n", bytes(range(256)) * 300])
def test_any_body_round_trips(body):
    count, found = read([page(body=body), page(body=b"next")])
    assert count == 2
    assert [content for _, content in found[1:]] == [body, b"next"]


def test_header_injection_is_prevented():
    _, [_, (record, body)] = read([page(content_type="text/html\r\nSet-Cookie: a=b", etag="\x00é\n")])
    assert record.http_headers.get_header("Set-Cookie") is None
    assert body == "<p>正文</p>".encode()


@pytest.mark.parametrize("url", ["https://a.example/路径?q=值", "https://a.example/a b", "https://a.example/1\r\nX: y"])
def test_any_url_is_one_header_line(url):
    _, [_, (record, body)] = read([page(final_url=url)])
    assert record.rec_headers.get_header("X") is None
    assert record.rec_headers.get_header("WARC-Target-URI").isascii()
    assert " " not in record.rec_headers.get_header("WARC-Target-URI")
    assert body == "<p>正文</p>".encode()


def test_export_without_pages_is_valid():
    count, found = read([])
    assert (count, len(found)) == (0, 1)
