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

_REASONS = {200: "OK", 203: "Non-Authoritative Information", 206: "Partial Content"}


def write_warc(pages: Iterable[KeptPage], stream: BinaryIO, *, name: str) -> int:
    """Write each page as a `response` record, each record compressed by itself; give back how many.

    `name` is what the `warcinfo` record calls the file. Bodies are as served, less their transfer and content encoding;
    of the headers there are those that were kept: Content-Type, ETag, Last-Modified.
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
        # For the digests the writer copies the page to a temporary file, and leaves it open.
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
    status = f"{page.http_status} {_REASONS.get(page.http_status, '')}".strip()
    return writer.create_warc_record(
        _address(page.final_url),
        "response",
        payload=BytesIO(page.body),
        http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": utc_text(page.fetched_at)},
    )


def _address(url: str) -> str:
    """A URL as WARC has it: ASCII without spaces (RFC 3986), so that it is one header whatever a site sent."""
    return quote(url, safe="%:/?#[]@!$&'()*+,;=~", errors="replace")


def _header_text(value: str) -> str:
    """A header's value as one line, whatever a site sent."""
    return "".join(char for char in value if char.isprintable())
