"""Stored pages of posts."""

from ingestd.store import pages
from tests.store import make


def test_the_latest_page_is_read_back_unchanged(filled):
    body = "<p>正文</p>".encode("gbk") * 1000
    filled.write(pages.store_pages, [(1, make.page(b"old"))])
    filled.write(pages.store_pages, [(1, make.page(body, charset="gbk", etag="x"))])
    assert filled.read(pages.latest, 1) == make.page(body, charset="gbk", etag="x")
    assert make.value(filled, "SELECT max(length(body)) FROM pages") < len(body) / 20
    assert filled.read(pages.latest, 2) is None
