"""`ingestd pages export`: stored pages as WARC."""

from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from tests.cli.commands import article_page


def records(path: Path) -> list[tuple[str, str, str | None, bytes]]:
    with path.open("rb") as stream:
        return [
            (
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI"),
                record.http_headers and record.http_headers.get_header("ETag"),
                record.content_stream().read(),
            )
            for record in ArchiveIterator(BytesIO(stream.read()), check_digests="raise")
        ]


def test_warc_of_all_pages(kept, tmp_path):
    path = tmp_path / "pages.warc.gz"
    done = kept("pages", "export", "--warc", path)
    assert (done.status, done.out) == (0, f"{path}: 2 pages\n")
    info, *pages = records(path)
    assert info[0] == "warcinfo"
    urls = [url for (url,) in kept.sql("SELECT from_url FROM posts ORDER BY id")]
    numbers = [url[-1] for url in urls]
    assert pages == [
        ("response", url, f'"{number}"', article_page(int(number)).encode())
        for url, number in zip(urls, numbers, strict=True)
    ]


def test_source_and_since_select_pages(kept, tmp_path):
    path = tmp_path / "pages.warc.gz"
    kept("pages", "export", "--warc", path, "--since", "2024-05-02")
    assert [record[3] for record in records(path)[1:]] == [article_page(2).encode()]
    assert kept("pages", "export", "--warc", path, "--source", "nobody").out.endswith(": 0 pages\n")
    done = kept("pages", "export", "--warc", tmp_path / "nowhere" / "x.warc.gz")
    assert done.status == 1
    assert "cannot be written" in done.err
