"""Kept article pages as WARC 1.1 (ISO 28500:2017), for replay tools such as pywb and ReplayWeb.page."""

from collections.abc import Iterable
from io import BytesIO
from typing import BinaryIO
from urllib.parse import quote

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingestd import __version__
from ingestd.model.article import KeptPage
from ingestd.text.times import utc_text

_REASON_PHRASES = {200: "OK", 203: "Non-Authoritative Information", 206: "Partial Content"}


def write_warc(pages: Iterable[KeptPage], stream: BinaryIO, *, name: str) -> int:
    """Write each page as a `response` record, each record a gzip member; returns the number of pages.

    `name` is `WARC-Filename` in the `warcinfo` record. Bodies are as served, with transfer and content encoding
    decoded. Of the headers Content-Type, ETag and Last-Modified are stored, and so written.
    """
    writer = WARCWriter(stream, gzip=True, warc_version="1.1")
    about = {
        "software": f"ingestd/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    writer.write_record(writer.create_warcinfo_record(name, about))
    count = 0
    for count, page in enumerate(pages, start=1):  # noqa: B007
        record = _record(writer, page)
        writer.write_record(record)
        # The writer copies the page to a temporary file to digest it, and does not close that file.
        record.raw_stream.close()
    return count


def _record(writer: WARCWriter, page: KeptPage) -> ArcWarcRecord:
    headers = [
        (name, _header_text(value))
        for name, value in (
            ("Content-Type", page.content_type),
            ("Content-Length", str(len(page.body))),
            ("ETag", page.etag),
            ("Last-Modified", page.last_modified),
        )
        if value
    ]
    status = f"{page.http_status} {_REASON_PHRASES.get(page.http_status, '')}".strip()
    return writer.create_warc_record(
        _ascii_url(page.final_url),
        "response",
        payload=BytesIO(page.body),
        http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": utc_text(page.fetched_at)},
    )


def _ascii_url(url: str) -> str:
    """A URL percent-encoded to ASCII without spaces and line breaks (RFC 3986): the value of one header."""
    return quote(url, safe="%:/?#[]@!$&'()*+,;=~", errors="replace")


def _header_text(value: str) -> str:
    """A header's value without control characters: no line break of a site can add a header."""
    return "".join(char for char in value if char.isprintable())
