"""Pages compressed with a shared dictionary: fetched, extracted again, exported, checked and backed up."""

import random
import shutil
import subprocess
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from ingestd.cli.main import run_command
from ingestd.store import dictionaries
from ingestd.text.zstd import zstd
from tests.cli.commands import Done
from tests.support.installation import Installation, Item, feed, page, prose

#: What every page of the site has: menus and scripts that do not compress well by themselves.
FRAME = "".join(f'<script>"{random.Random(n).randbytes(600).hex()}"</script>' for n in range(20))


@pytest.fixture
def ingestd(installation: Installation, capsys: pytest.CaptureFixture[str]):
    """A site of 15 articles, of which 12 are fetched first and 3 later."""
    items = [Item(f"第{n}篇", installation.server.url(f"/a/{n}")) for n in range(15)]
    installation.server.route("/f", feed(*items[:12]), feed(*items))
    for n in range(15):
        installation.server.route(
            f"/a/{n}", page(f"第{n}篇", prose(f"文{n}") + '<p class="zz9">广告位</p>', head=FRAME)
        )
    installation.configure({"name": "甲", "path": "/f"})

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        status = run_command(["-c", str(installation.path), *map(str, arguments)])
        return Done(status, *capsys.readouterr())

    for new in (12, 3):
        assert run("fetch", "--json").json["new"] == new
    dictionaries._cache.clear()
    return run


def warc(path: Path) -> dict[str, bytes]:
    records = ArchiveIterator(BytesIO(path.read_bytes()), check_digests="raise")
    return {
        record.rec_headers.get_header("WARC-Target-URI"): record.content_stream().read()
        for record in records
        if record.rec_type == "response"
    }


def test_fetch_trains_and_uses_a_dictionary(ingestd, installation):
    rows = installation.rows("SELECT encoding, size, length(body) AS packed FROM pages ORDER BY id")
    assert [row["encoding"] for row in rows] == ["zstd"] * 12 + ["zstd-dictionary"] * 3
    assert max(row["packed"] for row in rows[12:]) < min(row["packed"] for row in rows[:12]) / 5
    assert ingestd("db", "check").status == 0


def test_warc_has_pages_as_served(ingestd, installation, tmp_path):
    assert ingestd("pages", "export", "--warc", tmp_path / "p.warc.gz").out.endswith(": 15 pages\n")
    pages = warc(tmp_path / "p.warc.gz")
    for n in range(15):
        body = pages[installation.server.url(f"/a/{n}")].decode()
        assert FRAME in body
        assert f"文{n}的第12段" in body


def test_extract_again_reads_compressed_pages(ingestd, installation):
    assert installation.value("SELECT count(*) FROM posts WHERE text LIKE '%文14的第12段%'") == 1
    installation.configure({"name": "甲", "path": "/f", "select": "article > p:first-of-type"})
    done = ingestd("extract", "--again", "--json")
    assert done.json["pages"] == 15
    assert done.json["failed"] == 0
    assert done.json["rewritten"] == 15
    assert installation.value("SELECT count(*) FROM posts WHERE text LIKE '%第12段%'") == 0


def test_backup_includes_dictionaries(ingestd, installation, tmp_path):
    assert ingestd("db", "backup", tmp_path / "copy.db").status == 0
    installation.path.write_text(
        installation.path.read_text().replace(str(installation.database), str(tmp_path / "copy.db"))
    )
    installation.database.unlink()
    assert ingestd("pages", "export", "--warc", tmp_path / "p.warc.gz").status == 0
    assert len(warc(tmp_path / "p.warc.gz")) == 15


def test_damaged_dictionary_affects_only_its_pages(ingestd, installation, tmp_path):
    installation.execute("UPDATE dictionaries SET body = substr(body, 1, 100)")
    done = ingestd("db", "check", "--json")
    assert (done.status, done.json["findings"]) == (1, ["dictionary 1 of the kept pages of 127.0.0.1 is damaged"])
    done = ingestd("pages", "export", "--warc", tmp_path / "p.warc.gz")
    assert done.status == 1
    assert done.err.count("dictionary 1 of the kept pages is damaged") == 3
    assert len(warc(tmp_path / "p.warc.gz")) == 12
    done = ingestd("extract", "--again", "--json")
    assert (done.status, done.json["pages"], done.json["failed"]) == (1, 15, 3)
    assert ingestd("fetch", "--force").status == 0


def test_no_dictionary_without_stored_pages(installation: Installation, capsys: pytest.CaptureFixture[str]):
    installation.server.route("/f", feed(*(Item(f"第{n}篇", installation.server.url(f"/a/{n}")) for n in range(13))))
    for n in range(13):
        installation.server.route(f"/a/{n}", page(f"第{n}篇", prose(f"文{n}"), head=FRAME))
    installation.configure({"name": "甲", "path": "/f"})
    installation.path.write_text(installation.path.read_text().replace("[database]", "[database]\nkeep_pages = false"))
    assert run_command(["-c", str(installation.path), "fetch"]) == 0
    assert (
        installation.value("SELECT count(*) FROM page_hosts")
        == installation.value("SELECT count(*) FROM dictionaries")
        == 0
    )


@pytest.mark.skipif(shutil.which("zstd") is None, reason="the zstd program is not installed")
def test_zstd_program_decompresses_a_page(ingestd, installation, tmp_path):
    [row] = installation.rows(
        "SELECT p.body, p.size, d.body AS dictionary FROM pages p JOIN dictionaries d ON d.id = p.dictionary_id"
        " ORDER BY p.id DESC LIMIT 1"
    )
    (tmp_path / "dictionary.zst").write_bytes(row["dictionary"])
    (tmp_path / "page.zst").write_bytes(row["body"])
    for command in (["zstd", "-q", "-d", "dictionary.zst"], ["zstd", "-q", "-d", "-D", "dictionary", "page.zst"]):
        subprocess.run(command, cwd=tmp_path, check=True)
    body = (tmp_path / "page").read_bytes()
    assert (len(body), FRAME in body.decode()) == (row["size"], True)
    assert zlib.crc32((tmp_path / "dictionary").read_bytes()) == zlib.crc32(zstd.decompress(row["dictionary"]))
