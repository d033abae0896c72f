"""The table of images: queued, due, stored and failed ones, in SQLite and in PostgreSQL."""

import pytest

from ingestd.archive.images.formats import Image
from ingestd.model.errors import LeaseLostError, Outcome
from ingestd.model.poll import WriteBatch
from ingestd.store import image_queue, writes
from tests.store import make

PNG = Image("image/png", 3, 2)


def url(number: int, host: str = "img.example") -> str:
    return f"https://{host}/{number}.png?w=1"


@pytest.fixture(autouse=True)
def _sources(database):
    make.configured(database, "甲", "乙")


def stored(database, *urls: str, number: int = 1, **values):
    make.store(database, make.new(number, media=urls, **values))


def take(database, host="img.example", *, sources=(1, 2), at=0.0):
    return database.write(image_queue.take_image, sources, host, make.later(at), make.later(at + 900))


def hosts(database, *, sources=(1, 2), busy=(), at=0.0, limit=9):
    return database.read(image_queue.hosts_with_due_images, sources, busy, make.later(at), limit)


def here(database, row, digest="ab" * 32, size=70):
    database.write(image_queue.record_stored, row, PNG, digest, size, make.later(5))


def test_images_are_queued_with_their_post(database):
    stored(database, url(1), url(2), "https://IMG.example:8443/3")
    rows = make.rows(database, "SELECT url, host, source_id, post_id, attempts, next_try_at, outcome FROM media")
    due = "2026-11-22T17:00:00.000Z"
    assert rows[0] == (url(1), "img.example", 1, 1, 0, due, None)
    assert [row[1] for row in rows] == ["img.example"] * 3


def test_invalid_urls_are_not_queued(database):
    stored(database, "https:///x", "https://[::1", "https://img.example/\ud800\0")
    assert make.rows(database, "SELECT url FROM media") == [("https://img.example/?",)]


def test_duplicate_post_queues_no_images(database):
    stored(database, url(1))
    stored(database, url(2))
    assert make.rows(database, "SELECT url FROM media") == [(url(1),)]


def test_update_queues_its_images_unless_the_post_is_deleted(database):
    stored(database, url(1))
    updates = (make.update(1, "B", media=(url(1), url(2))), make.update(77, "B", media=(url(3),)))
    database.write(writes.write, WriteBatch(2, make.later(60), updates=updates))
    assert make.rows(database, "SELECT url, source_id FROM media ORDER BY id") == [(url(1), 2), (url(2), 2)]


def test_image_is_reserved_until_its_expiry(database):
    stored(database, url(1), url(2))
    first, second = take(database), take(database)
    assert (first.url, second.url) == (url(1), url(2))
    assert (first.source_id, first.attempts, first.shown_on) == (1, 0, "https://news.example/article/1")
    assert take(database) is None
    assert hosts(database) == []
    assert take(database, at=901).url == url(1), "whoever took it has died"


def test_hosts_are_ordered_by_waiting_time(database):
    stored(database, url(1, "b.example"), number=1, seen_at=make.later(0))
    make.store(database, make.new(2, media=(url(1, "a.example"), url(2, "b.example"))), at=make.later(10))
    assert hosts(database, at=20) == ["b.example", "a.example"]
    assert hosts(database, at=20, limit=1) == ["b.example"]
    assert hosts(database, at=20, busy={"b.example": 1}) == ["a.example"]
    assert hosts(database, at=5) == ["b.example"]
    assert hosts(database, at=20, sources=(2,)) == hosts(database, sources=()) == []
    assert take(database, "b.example", sources=(2,), at=20) is None


def test_stored_image_is_not_queued_again(database):
    stored(database, url(1))
    here(database, take(database).id)
    stored(database, url(1), number=2)
    assert hosts(database, at=9999) == []
    assert make.rows(database, "SELECT hash, type, bytes, width, height, outcome, next_try_at FROM media") == [
        ("ab" * 32, "image/png", 70, 3, 2, "ok", None)
    ]


def test_failures_are_counted_except_local_ones(database):
    stored(database, url(1))
    row = take(database).id
    database.write(image_queue.record_failure, row, Outcome.NOT_FOUND, "the server answers 404", make.later(3600))
    database.write(image_queue.record_failure, row, Outcome.OFFLINE, "no network", make.later(600), counts=False)
    assert make.rows(database, "SELECT outcome, reason, attempts, next_try_at FROM media") == [
        ("offline", "no network", 1, "2026-11-22T17:10:00.000Z")
    ]
    assert database.read(image_queue.failures_by_source) == {1: (1, 0)}
    database.write(image_queue.record_failure, row, Outcome.GONE, "gone", None)
    assert database.read(image_queue.failures_by_source) == {1: (0, 1)}
    assert database.read(image_queue.count_waiting, [1]) == 0


def test_released_image_is_due(database):
    stored(database, url(1))
    row = take(database).id
    database.write(image_queue.release_image, row, make.later(1))
    assert take(database, at=1).id == row


def test_any_number_of_sources_may_keep_images(database):
    stored(database, url(1))
    many = dict.fromkeys(range(1, 300_000))
    assert hosts(database, sources=many) == ["img.example"]
    assert database.read(image_queue.count_waiting, many) == 1
    assert take(database, sources=many).url == url(1)
    database.write(image_queue.retry_images, many, (), make.NOW)


def test_retry_resets_failed_and_damaged_images(database):
    stored(database, *(url(n) for n in range(4)))
    rows = [take(database).id for _ in range(4)]
    database.write(image_queue.record_failure, rows[0], Outcome.GONE, "gone", None)
    database.write(image_queue.record_failure, rows[1], Outcome.TIMEOUT, "slow", make.later(9999))
    here(database, rows[2], "aa" * 32)
    here(database, rows[3], "bb" * 32)
    database.write(image_queue.retry_images, [2], ["aa" * 32], make.later(10))
    assert hosts(database, at=10) == [], "another source's images are not touched"
    database.write(image_queue.retry_images, [1], ["aa" * 32], make.later(10))
    assert {take(database, at=10).url for _ in range(2)} == {url(0), url(2)}
    assert take(database, at=10) is None
    assert [file.hash for file in database.read(lambda connection: list(image_queue.all_files(connection)))] == [
        "bb" * 32
    ]


def test_counts_and_files(database):
    stored(database, *(url(n) for n in range(5)))
    rows = [take(database).id for _ in range(4)]
    here(database, rows[0], "aa" * 32)
    here(database, rows[1], "aa" * 32)
    here(database, rows[2], "bb" * 32, 30)
    database.write(image_queue.record_failure, rows[3], Outcome.GONE, "gone", None)
    assert database.read(image_queue.image_counts) == {
        "images": 5,
        "images_here": 3,
        "images_waiting": 1,
        "images_given_up": 1,
        "image_files": 2,
        "image_bytes": 100,
    }
    files = database.read(lambda connection: list(image_queue.all_files(connection)))
    assert [(file.hash, file.bytes, file.url) for file in files] == [("aa" * 32, 70, url(0)), ("bb" * 32, 30, url(2))]
    assert database.read(image_queue.files_by_url, []) == {}
    assert {key: file.hash for key, file in database.read(image_queue.files_by_url, [url(1), url(3), "x"]).items()} == {
        url(1): "aa" * 32
    }


def test_listing(database):
    stored(database, url(1), url(2))
    make.store(database, make.new(2, like=make.post(2, source_id=2), media=(url(3),)), source_id=2)
    database.write(image_queue.record_failure, take(database).id, Outcome.GONE, "gone", None)

    def listed(**values):
        found = database.read(image_queue.list_images, **({"source": None, "failures": False, "limit": 9} | values))
        return [(row["url"], row["source"]) for row in found]

    assert listed() == [(url(3), "乙"), (url(2), "甲"), (url(1), "甲")]
    assert listed(limit=1, source="甲") == [(url(2), "甲")]
    assert listed(failures=True) == [(url(1), "甲")]


def test_images_of_posts_that_are_stored_already(database):
    for number in range(1, 4):
        make.store(database, make.new(number, like=make.post(number, content=f'<img src="{url(number)}">')))
    assert database.write(image_queue.queue_images_of_posts, "甲", make.later(-2.5 * 3600), 0, make.NOW) == 2
    assert make.rows(database, "SELECT url, source_id, post_id FROM media ORDER BY id") == [
        (url(1), 1, 1),
        (url(2), 1, 2),
    ]
    assert database.write(image_queue.queue_images_of_posts, "甲", None, 3, make.NOW) is None


def test_an_image_that_another_process_has_taken_meanwhile_is_left_to_it(database):
    stored(database, url(1))
    halted, other = take(database), take(database, at=900)
    for function, values in (
        (image_queue.record_stored, (PNG, "ab" * 32, 70, make.later(901))),
        (image_queue.record_failure, (Outcome.GONE, "gone", None)),
        (image_queue.release_image, (make.NOW,)),
    ):
        with pytest.raises(LeaseLostError, match="another process has taken the image"):
            database.write(image_queue.under_claim, halted, function, *values)
    assert make.rows(database, "SELECT outcome, attempts FROM media") == [(None, 0)]
    database.write(image_queue.under_claim, other, image_queue.record_stored, PNG, "cd" * 32, 70, make.later(902))
    with pytest.raises(LeaseLostError):
        database.write(image_queue.under_claim, halted, image_queue.record_failure, Outcome.GONE, "gone", None)
    assert make.rows(database, "SELECT outcome, hash FROM media") == [("ok", "cd" * 32)]
