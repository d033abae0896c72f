"""`ingestd extract --again` and `ingestd pages export`: what kept pages are good for."""

from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.cli.commands import Commands
from tests.support.server import Answer, Server

TEXT = "".join(
    f"<p>Paragraph {n} tells at some length, as articles do, what happened on that day.</p>" for n in range(6)
)
FEED = (
    '<rss version="2.0"><channel><title>F</title><link>{url}</link><description/>'
    "<item><title>One</title><link>{url}1</link><pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate></item>"
    "<item><title>Two</title><link>{url}2</link><pubDate>Thu, 02 May 2024 10:00:00 GMT</pubDate></item>"
    "</channel></rss>"
)


def page(number: int) -> str:
    return (
        f"<html><head><title>{number}</title></head><body><article><h1>Article {number}</h1>{TEXT}"
        f'<p class="zz9">Sentence number {number} is part of the text, at some length.</p></article></body></html>'
    )


@pytest.fixture
def kept(ingestd, shared_pool):
    """Two posts whose pages are kept; their site is gone."""
    with Server() as server:
        server.otherwise(Answer(status=404))
        server.route("/feed", Answer(body=FEED.format(url=server.url("/")), headers={"Content-Type": "text/xml"}))
        for number in (1, 2):
            server.route(
                f"/{number}", Answer(body=page(number), headers={"Content-Type": "text/html", "ETag": f'"{number}"'})
            )
        with ingestd.config.open("a") as config:
            config.write(f'[[sources]]\nname = "F"\nurl = "{server.url("/feed")}"\narticle = "always"\n')
        assert ingestd("fetch").status == 0
    assert ingestd.sql("SELECT count(*) FROM pages") == [(2,)]
    assert all("Sentence number" in text for (text,) in ingestd.sql("SELECT text FROM posts"))
    return ingestd


def rule(ingestd: Commands, line: str) -> None:
    ingestd.config.write_text(ingestd.config.read_text() + line + "\n")


def test_the_same_rules_write_nothing(kept):
    before = kept.sql("SELECT * FROM posts")
    assert kept("extract", "--again", "--json").json == {"pages": 2, "rewritten": 0, "unchanged": 2, "failed": 0}
    assert kept.sql("SELECT * FROM posts") == before


def test_a_new_rule_rewrites_posts_as_our_own_revision(kept):
    rule(kept, 'remove = [".zz9"]')
    done = kept("extract", "--again")
    assert (done.status, done.out) == (0, "2 pages, 2 rewritten, 0 unchanged, 0 failed\n")
    rows = kept.sql("SELECT text, content, revision, title FROM posts ORDER BY id")
    assert all("Paragraph 5" in text and "Sentence" not in text + content for text, content, *_ in rows)
    assert {revision for *_, revision, _ in rows} == {2}
    assert {title for *_, title in rows} == {"One", "Two"}
    before = kept.sql("SELECT reason, content FROM revisions")
    assert [reason for reason, _ in before] == ["rule", "rule"]
    assert all("Sentence number" in content for _, content in before)
    assert kept.sql("SELECT count(*) FROM edits") == [(0,)]
    assert kept("extract", "--again", "--json").json["unchanged"] == 2


@pytest.mark.parametrize(
    ("options", "titles"),
    [(("--since", "2024-05-02"), ["Two"]), (("--source", "F"), ["One", "Two"]), (("--source", "G"), [])],
)
def test_only_the_chosen_posts(kept, options, titles):
    rule(kept, 'remove = [".zz9"]')
    assert kept("extract", "--again", *options).status == 0
    assert [title for (title,) in kept.sql("SELECT title FROM posts WHERE revision > 1 ORDER BY id")] == titles


def test_a_rule_that_matches_nothing_takes_nothing_away(kept):
    before = kept.sql("SELECT text FROM posts")
    rule(kept, 'select = "#nowhere"')
    assert kept("extract", "--again", "--json").json["rewritten"] == 0
    assert kept.sql("SELECT text FROM posts") == before


def test_it_has_to_be_meant(kept):
    done = kept("extract")
    assert done.status == 2
    assert "say --again" in done.err


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


def test_pages_as_warc(kept, tmp_path):
    path = tmp_path / "pages.warc.gz"
    done = kept("pages", "export", "--warc", path)
    assert (done.status, done.out) == (0, f"{path}: 2 pages\n")
    info, *pages = records(path)
    assert info[0] == "warcinfo"
    urls = [url for (url,) in kept.sql("SELECT from_url FROM posts ORDER BY id")]
    numbers = [url[-1] for url in urls]
    assert pages == [
        ("response", url, f'"{number}"', page(int(number)).encode()) for url, number in zip(urls, numbers, strict=True)
    ]


def test_the_pages_of_chosen_posts(kept, tmp_path):
    path = tmp_path / "pages.warc.gz"
    kept("pages", "export", "--warc", path, "--since", "2024-05-02")
    assert [record[3] for record in records(path)[1:]] == [page(2).encode()]
    assert kept("pages", "export", "--warc", path, "--source", "nobody").out.endswith(": 0 pages\n")
    done = kept("pages", "export", "--warc", tmp_path / "nowhere" / "x.warc.gz")
    assert done.status == 1
    assert "cannot be written" in done.err
