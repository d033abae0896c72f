"""Dictionaries of the pages of one server: trained, used, damaged, replaced."""

import hashlib
import random

import pytest

from ingestd.model.errors import StoreError
from ingestd.model.poll import WriteBatch
from ingestd.store import dictionaries, dictionary_training, pages, writes
from ingestd.store.backup import write_backup
from ingestd.store.database import Database
from ingestd.store.integrity import check_database
from ingestd.text.zstd import zstd
from tests.store import make

CHANCE = random.Random(7)


def noise(size: int) -> str:
    """Text that has nothing in common with any other."""
    return "".join(chr(CHANCE.randrange(0x4E00, 0x9FA5)) for _ in range(size // 3))


FRAMES = [noise(30_000) for _ in range(3)]


def html(frame: int = 0, size: int = 6_000) -> bytes:
    """A page of a site: its frame, and a text of its own."""
    return f"<html>{FRAMES[frame]}<article>{noise(size)}</article></html>".encode()


def keep(database, bodies, *, first=1, host="a.example"):
    """Store one post for each page, the later the newer."""
    for number, body in enumerate(bodies, start=first):
        url = f"https://{host}/{number}"
        post = make.post(number, from_url=f"https://news.example/{host}/{number}", date=make.later(number))
        page = make.page(body, final_url=url)
        make.store(database, make.new(number, ("link", url), like=post, page=page))


async def look(database, limit=9) -> int:
    return await dictionary_training.train_due(database, make.NOW, limit=limit)


def body_of(database, post_id: int) -> bytes | None:
    page = database.read(pages.latest, post_id)
    return None if page is None else page.body


def stored(database):
    return make.rows(database, "SELECT encoding, dictionary_id, length(body) FROM pages ORDER BY id")


@pytest.fixture(autouse=True)
def _sources(database):
    make.configured(database)
    dictionaries._cache.clear()
    # The same texts for each test, whichever ran before it.
    CHANCE.seed(8)


class TestChoosing:
    def test_one_of_the_newest_pages_of_the_common_frame_is_chosen(self):
        sample = [html(1), *(html(0) for _ in range(11))]
        assert dictionary_training.choose_dictionary(sample) in sample[1 : dictionary_training.CANDIDATE_PAGES]

    def test_two_frames_are_combined(self):
        sample = [html(number % 2) for number in range(12)]
        chosen = dictionary_training.choose_dictionary(sample) or b""
        assert len(chosen) > 60_000
        assert {FRAMES[0].encode() in chosen, FRAMES[1].encode() in chosen} == {True}

    def test_no_dictionary_for_dissimilar_pages(self):
        assert dictionary_training.choose_dictionary([noise(20_000).encode() for _ in range(12)]) is None
        assert (
            dictionary_training.choose_dictionary([FRAMES[0].encode() + CHANCE.randbytes(600_000) for _ in range(12)])
            is None
        )

    def test_no_dictionary_from_too_few_pages(self):
        assert dictionary_training.choose_dictionary([html() for _ in range(5)]) is None
        assert dictionary_training.choose_dictionary([]) is None

    def test_present_dictionary_is_kept_while_as_good(self):
        present, sample = html(0), [html(0) for _ in range(12)]
        assert dictionary_training.choose_dictionary(sample, present) is None
        assert dictionary_training.choose_dictionary([html(2) for _ in range(12)], present) is not None

    def test_empty_tiny_and_huge_pages(self):
        assert dictionary_training.choose_dictionary([b""] * 12) is None
        assert dictionary_training.choose_dictionary([b"x"] * 12) is None
        assert dictionary_training.choose_dictionary([bytes(2_000_000)] * 6) is None


async def test_pages_are_compressed_with_a_dictionary(database):
    bodies = [html() for _ in range(16)]
    keep(database, bodies[:12])
    assert await look(database) == 1
    keep(database, bodies[12:], first=13)
    rows = stored(database)
    assert [row[:2] for row in rows] == [("zstd", None)] * 12 + [("zstd-dictionary", 1)] * 4
    assert max(row[2] for row in rows[12:]) < min(row[2] for row in rows[:12]) / 3
    assert [body_of(database, number + 1) for number in range(16)] == bodies
    dictionaries._cache.clear()
    assert body_of(database, 16) == bodies[15]
    # As anybody else reads them.
    [(packed, size, digest)] = make.rows(database, "SELECT body, size, hash FROM dictionaries")
    content = zstd.decompress(bytes(packed))
    assert (len(content), hashlib.sha256(content).hexdigest()) == (size, digest)
    assert content in bodies[:12]


async def test_each_host_has_its_own_dictionary_and_schedule(database):
    keep(database, [html(0) for _ in range(11)])
    keep(database, [html(1) for _ in range(12)], first=101, host="b.example")
    assert await look(database) == 1
    assert make.rows(database, "SELECT host, pages_left, dictionary_id FROM page_hosts ORDER BY host") == [
        ("a.example", 1, None),
        ("b.example", dictionaries.PAGES_TO_NEXT_TRAINING, 1),
    ]
    keep(database, [html(0)], first=50)
    assert await look(database) == 1
    assert await look(database) == 0
    keep(database, [html(1)], first=201, host="b.example")
    assert stored(database)[-1][:2] == ("zstd-dictionary", 1)


async def test_host_with_dissimilar_pages_gets_no_dictionary(database):
    keep(database, [noise(9_000).encode() for _ in range(12)])
    assert await look(database) == 0
    keep(database, [html()], first=13)
    assert stored(database)[-1][:2] == ("zstd", None)
    assert make.value(database, "SELECT pages_left FROM page_hosts") == dictionaries.PAGES_TO_NEXT_TRAINING - 1


async def test_changed_site_gets_a_new_dictionary_and_old_pages_are_readable(database):
    keep(database, [old := html(0), *(html(0) for _ in range(11))])
    await look(database)
    keep(database, [with_old := html(0)], first=13)
    keep(database, [html(2) for _ in range(12)], first=14)
    make.run(database, "UPDATE page_hosts SET pages_left = 0")
    assert await look(database) == 1
    keep(database, [with_new := html(2)], first=26)
    assert [row[1] for row in stored(database)][-1] == 2
    for number, body in ((1, old), (13, with_old), (26, with_new)):
        assert body_of(database, number) == body
    assert check_database(database.engine) == []


async def test_versions_of_a_page_are_one_sample(database):
    keep(database, [noise(9_000).encode() for _ in range(2)])
    for version in range(12):
        update = make.update(1, str(version), page=make.page(html(), final_url="https://a.example/1"))
        database.write(writes.write, WriteBatch(1, make.NOW, updates=(update,)))
    assert make.value(database, "SELECT pages_left FROM page_hosts") <= 0
    assert await look(database) == 0


async def test_deleted_posts_do_not_affect_dictionaries(database):
    bodies = [html() for _ in range(14)]
    keep(database, bodies[:12])
    await look(database)
    keep(database, bodies[12:], first=13)
    make.run(database, "DELETE FROM posts WHERE id < 13")
    assert body_of(database, 14) == bodies[13]
    assert check_database(database.engine) == []
    make.run(database, "DELETE FROM posts")
    make.run(database, "UPDATE page_hosts SET pages_left = 0")
    assert await look(database) == 0


async def test_concurrent_training_stores_one_dictionary(database):
    keep(database, [html() for _ in range(12)])
    content = html()
    assert database.write(dictionaries.adopt_dictionary, "a.example", content, make.NOW)
    assert not database.write(dictionaries.adopt_dictionary, "a.example", content, make.NOW)
    assert make.value(database, "SELECT count(*) FROM dictionaries") == 1


async def test_damaged_dictionary_is_reported_and_not_used(database):
    bodies = [html() for _ in range(15)]
    keep(database, bodies[:12])
    await look(database)
    keep(database, bodies[12:13], first=13)
    make.run(database, "UPDATE dictionaries SET body = :body", body=zstd.compress(b"something else"))
    dictionaries._cache.clear()
    assert check_database(database.engine) == ["dictionary 1 of the kept pages of a.example is damaged"]
    with pytest.raises(StoreError, match="dictionary 1 of the kept pages is damaged"):
        body_of(database, 13)
    assert body_of(database, 12) == bodies[11]
    assert database.read(pages.latest_without_body, 13) is not None
    keep(database, bodies[13:14], first=14)
    assert body_of(database, 14) == bodies[13]
    # The next look passes over what cannot be read, and finds another.
    make.run(database, "UPDATE page_hosts SET pages_left = 0")
    assert await look(database) == 1
    keep(database, bodies[14:], first=15)
    assert (stored(database)[-1][1], body_of(database, 15)) == (2, bodies[14])


async def test_wrong_dictionary_is_detected(database):
    keep(database, [html() for _ in range(12)])
    await look(database)
    keep(database, [html()], first=13)
    other = html(1)
    make.run(
        database,
        "UPDATE dictionaries SET body = :body, size = :size, hash = :hash",
        body=zstd.compress(other),
        size=len(other),
        hash=hashlib.sha256(other).hexdigest(),
    )
    with pytest.raises(StoreError, match="page 13 cannot be read with dictionary 1"):
        body_of(database, 13)


@pytest.mark.slow
async def test_more_hosts_than_the_cache_holds(database, monkeypatch):
    monkeypatch.setattr(dictionaries, "MAX_CACHED_DICTIONARIES", 2)
    kept = {}
    for number, host in enumerate(("a.example", "b.example", "c.example", "d.example")):
        first = 100 * number + 1
        keep(database, [html(number % 3) for _ in range(12)], first=first, host=host)
        await look(database)
        kept[host] = html(number % 3)
        keep(database, [kept[host]], first=first + 50, host=host)
        assert len(dictionaries._cache) <= 2
    found = make.rows(database, "SELECT post_id, final_url FROM pages WHERE dictionary_id IS NOT NULL")
    assert len(found) == 4
    for post_id, url in found:
        assert body_of(database, post_id) == kept[url.split("/")[2]]


async def test_backup_includes_dictionaries(file, tmp_path):
    make.configured(file)
    bodies = [html() for _ in range(13)]
    keep(file, bodies[:12])
    await look(file)
    keep(file, bodies[12:], first=13)
    write_backup(file.engine, tmp_path / "copy.db")
    dictionaries._cache.clear()
    with Database(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert body_of(copy, 13) == bodies[12]
