"""Images of stored posts, end to end: wanted with the post, fetched once, kept by their hash, tried again."""

import hashlib
import signal
import time
from pathlib import Path

import pytest

from ingestd.archive.images.files import place
from ingestd.archive.images.formats import read_image
from ingestd.daemon import image_fetcher
from ingestd.daemon.image_fetcher import ImageFetcher, fetch_images
from ingestd.poll import leases
from ingestd.store import sources
from tests.archive.images.test_formats import jpeg, png
from tests.support.house import House, Item, feed, page, prose, stop, until
from tests.support.server import HANG, RESET, Answer, Raw

RED, BLUE = png(3, 2), png(4, 4)
IMAGE = {"Content-Type": "application/octet-stream"}


def article(house: House, *images: str, path: str = "/f", name: str = "甲") -> None:
    """A feed with one article that shows these images."""
    shown = "".join(f'<p><img src="{image}"></p>' for image in images)
    house.server.route(path, feed(Item("一", house.server.url(f"/story{path}"), prose("长江") + shown)))
    house.server.route(f"/story{path}", page("一", prose("长江") + shown))


def configure(house: House, *, fetch: str = "", more: str = "", **values: object) -> None:
    house.configure({"name": "甲", "path": "/f", "media": True} | values, fetch=fetch, more=more)


async def gather(house: House, seconds: float = 5.0) -> dict[str, int] | None:
    """Fetch the images that are due."""
    async for tools in house.open():
        stored = await tools.database.writing(sources.sync, house.configured(), house.clock())
        return await fetch_images(stored, tools, seconds=seconds)
    return None


def images(house: House) -> list[dict[str, object]]:
    return house.rows("SELECT * FROM media ORDER BY id")


def files(house: House) -> list[str]:
    root = folder(house)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def folder(house: House) -> Path:
    return house.folder / "ingestd.db.media"


async def test_images_of_a_new_post_are_fetched_once(house: House):
    article(house, house.server.url("/red.jpg?w=1&h=2"), house.server.url("/blue"))
    house.server.route("/red.jpg", Answer(body=RED, headers={"Content-Type": "text/html"}))
    house.server.route("/blue", Answer(body=BLUE))
    configure(house)
    await house.fetch_one()
    waiting = images(house)
    assert [row["url"] for row in waiting] == [house.server.url("/red.jpg?w=1&h=2"), house.server.url("/blue")]
    assert {row["outcome"] for row in waiting} == {None}
    assert await gather(house) == {"stored": 2, "failed": 0, "waiting": 0}
    red, blue = images(house)
    digest = hashlib.sha256(RED).hexdigest()
    assert (red["hash"], red["type"], red["bytes"], red["width"], red["height"]) == (
        digest,
        "image/png",
        len(RED),
        3,
        2,
    )
    assert (red["outcome"], red["attempts"], red["next_try_at"], red["reason"]) == ("ok", 0, None, None)
    assert red["fetched_at"]
    assert blue["hash"] != digest
    assert files(house) == sorted(place(str(row["hash"]), "image/png") for row in (red, blue))
    assert (folder(house) / digest[:2] / digest[2:4] / f"{digest}.png").read_bytes() == RED
    # Neither another poll nor another round asks again, and the post still names the web.
    await house.fetch_one(force=True)
    assert await gather(house) == {"stored": 0, "failed": 0, "waiting": 0}
    assert house.server.counts()["/red.jpg"] == house.server.counts()["/blue"] == 1
    assert house.server.url("/blue") in house.value("SELECT content FROM posts")


async def test_without_the_setting_nothing_is_wanted(house: House):
    article(house, house.server.url("/red"))
    house.configure({"name": "甲", "path": "/f"})
    await house.fetch_one()
    assert await gather(house) is None
    assert images(house) == []
    assert not folder(house).exists()


async def test_feeds_alone_have_images_too(house: House):
    article(house, house.server.url("/red"))
    house.server.route("/red", Answer(body=RED))
    configure(house, article="never")
    await house.fetch_one()
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_one_image_under_two_addresses_is_one_file(house: House):
    article(house, house.server.url("/1"), house.server.url("/2"))
    for path in ("/1", "/2"):
        house.server.route(path, Answer(body=RED))
    configure(house)
    await house.fetch_one()
    assert await gather(house) == {"stored": 2, "failed": 0, "waiting": 0}
    assert len(files(house)) == 1


async def test_an_edit_that_brings_an_image(house: House):
    link = house.server.url("/story")
    plain, shown = prose("长江"), prose("长江") + f'<p>还有一张图。<img src="{house.server.url("/red")}"></p>'
    house.server.route("/f", feed(Item("一", link, plain, "g")), feed(Item("一", link, shown, "g")))
    house.server.route("/red", Answer(body=RED))
    configure(house, article="never")
    await house.fetch_one()
    assert images(house) == []
    await house.fetch_one()
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}
    assert images(house)[0]["post_id"] == 1


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Answer(404), "not-found", "404"),
        (Answer(body=b"<html>sorry", headers=[("Content-Type", "image/png")]), "not-an-image", "serves a page"),
        (Answer(body=b"<svg xmlns='x'><script>1</script></svg>"), "not-an-image", "SVG"),
        (Answer(body=b""), "not-an-image", "empty"),
        (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n\x89PNG\r\n\x1a\n", RESET), "connection-lost", ""),
        (Raw(RESET), "connection-lost", ""),
    ],
)
async def test_what_fails_is_tried_after_1_h_6_h_and_1_d_and_then_left(house: House, answer, outcome, reason):
    article(house, house.server.url("/broken"))
    house.server.route("/broken", answer)
    configure(house)
    await house.fetch_one()
    for attempt, hours in enumerate((1, 6, 24, 999), start=1):
        assert await gather(house) == {"stored": 0, "failed": 1, "waiting": int(attempt < 4)}
        [row] = images(house)
        assert (row["outcome"], row["attempts"], row["hash"]) == (outcome, attempt, None)
        assert reason in str(row["reason"])
        house.clock.forward(hours=hours, seconds=-60)
        assert await gather(house) == {"stored": 0, "failed": 0, "waiting": int(attempt < 4)}, "not before its time"
        house.clock.forward(seconds=120)
    assert images(house)[0]["next_try_at"] is None
    assert len(house.server.to("/broken")) >= 4
    assert files(house) == []


async def test_a_failure_that_passes(house: House):
    article(house, house.server.url("/red"))
    house.server.route("/red", Answer(500), Answer(body=RED))
    configure(house)
    await house.fetch_one()
    await gather(house)
    house.clock.forward(hours=1, seconds=5)
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}
    assert (images(house)[0]["outcome"], images(house)[0]["reason"]) == ("ok", None)


async def test_what_cannot_change_is_not_tried_again(house: House):
    large = house.server.url("/large")
    article(house, large, "http://10.1.2.3/private.png", house.server.url("/no/robots.png"))
    house.server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /no/\n"))
    house.server.route("/large", Answer(body=RED + bytes(2000)))
    configure(house, more='[media]\nmax_size = "1KB"\n')
    await house.fetch_one()
    assert await gather(house) == {"stored": 0, "failed": 3, "waiting": 0}
    assert [row["outcome"] for row in images(house)] == ["too-large", "address-refused", "robots-disallowed"]
    assert not house.server.to("/no/robots.png")


async def test_size_is_the_images_own_bound_not_that_of_pages(house: House):
    article(house, house.server.url("/large"))
    house.server.route("/large", Answer(body=RED + bytes(200_000)))
    configure(house, fetch='max_body = "100KB"\n')
    await house.fetch_one()
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_the_site_of_the_page_is_named_and_secrets_stay_at_home(house: House):
    article(house, house.server.url("/red"), house.server.url("/blue").replace("127.0.0.1", "127.0.0.2"))
    with type(house.server)("127.0.0.2", port=house.server.port) as other:
        house.server.route("/red", Answer(body=RED))
        other.route("/blue", Answer(body=BLUE))
        configure(house, headers={"Cookie": "secret=1"})
        await house.fetch_one()
        assert await gather(house) == {"stored": 2, "failed": 0, "waiting": 0}
        [near], [far] = house.server.to("/red"), other.to("/blue")
    assert near.header("referer") == far.header("referer") == house.server.url("/")
    assert (near.header("cookie"), far.header("cookie")) == ("secret=1", None)
    assert "image/" in (near.header("accept") or "")


def test_a_referer_never_leaves_tls():
    assert image_fetcher._referer("https://a.example/secret/1", "http://b.example/1.png") == ()
    assert image_fetcher._referer("https://a.example/secret/1", "https://b.example/1.png") == (
        ("Referer", "https://a.example/"),
    )


async def test_one_slow_server_holds_up_no_other(house: House):
    slow = [house.server.url(f"/slow/{n}").replace("127.0.0.1", "127.0.0.3") for n in range(5)]
    article(house, *slow, *(house.server.url(f"/red/{n}") for n in range(5)))
    with type(house.server)("127.0.0.3", port=house.server.port) as other:
        other.otherwise(Raw(HANG))
        house.server.otherwise(Answer(body=RED))
        configure(house, fetch="robots = false\n")
        await house.fetch_one()
        started = time.monotonic()
        assert await gather(house, seconds=1.5) == {"stored": 5, "failed": 0, "waiting": 5}
        assert time.monotonic() - started < 4
        assert other.most_in_flight == 1
    assert house.server.most_in_flight <= 2
    # What was stopped is due at once, and no failure.
    assert {(row["outcome"], row["attempts"]) for row in images(house)} == {("ok", 0), (None, 0)}
    assert house.value("SELECT max(next_try_at) FROM media") <= house.value("SELECT strftime('%Y-%m-%dT%H:%M:%fZ')")


async def test_two_processes_share_the_work(house: House):
    article(house, *(house.server.url(f"/{n}.png") for n in range(12)))
    house.server.otherwise(Answer(body=RED, delay=0.02))
    configure(house)
    await house.fetch_one()
    async for tools in house.open():
        stored = await tools.database.writing(sources.sync, house.configured(), house.clock())
        async for others in house.open():
            one, two = ImageFetcher(stored, tools), ImageFetcher(stored, others)
            await one.start_due()
            await two.start_due()
            await one.until_done(10)
            await two.until_done(10)
            assert one.counts["stored"] + two.counts["stored"] == 12
            assert min(one.counts["stored"], two.counts["stored"]) > 0
    assert all(house.server.counts()[f"/{n}.png"] == 1 for n in range(12))


async def test_a_disk_that_is_full_is_not_the_images_fault(house: House):
    article(house, house.server.url("/red"))
    house.server.route("/red", Answer(body=RED))
    configure(house)
    await house.fetch_one()
    folder(house).write_text("a file where the folder should be")
    await gather(house)
    [row] = images(house)
    assert (row["outcome"], row["attempts"], row["hash"]) == ("store-failed", 0, None)
    folder(house).unlink()
    house.clock.forward(minutes=11)
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}


@pytest.mark.parametrize("change", ["UPDATE OF next_try_at", "UPDATE OF outcome"])
async def test_a_database_that_cannot_be_written_ends_the_round(house: House, change: str):
    article(house, house.server.url("/red"), house.server.url("/blue"))
    house.server.otherwise(Answer(body=RED))
    configure(house)
    await house.fetch_one()
    house.execute(f"CREATE TRIGGER broken BEFORE {change} ON media BEGIN SELECT RAISE(ABORT, 'no room'); END")
    started = time.monotonic()
    await gather(house, seconds=20)
    assert time.monotonic() - started < 10
    assert {row["outcome"] for row in images(house)} == {None}
    house.execute("DROP TRIGGER broken")
    house.clock.forward(seconds=image_fetcher.TAKEN_S + 1)
    assert await gather(house) == {"stored": 2, "failed": 0, "waiting": 0}


async def test_images_of_a_source_that_is_off_wait_for_it(house: House):
    article(house, house.server.url("/red"))
    house.server.route("/red", Answer(body=RED))
    configure(house)
    await house.fetch_one()
    configure(house, media=False)
    assert await gather(house) is None
    configure(house)
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_two_sources_want_the_same_image(house: House):
    for path in ("/f", "/g"):
        article(house, house.server.url("/red"), path=path)
    house.server.route("/red", Answer(body=RED))
    house.configure({"name": "甲", "path": "/f", "media": True}, {"name": "乙", "path": "/g", "media": True})
    await house.fetch("甲")
    await house.fetch("乙")
    assert len(images(house)) == 1
    # The first is gone before it was fetched: the second still wants it.
    house.configure({"name": "乙", "path": "/g", "media": True})
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_a_post_that_was_deleted_meanwhile(house: House):
    article(house, house.server.url("/red"))
    house.server.route("/red", Answer(body=RED))
    configure(house)
    await house.fetch_one()
    house.execute("DELETE FROM posts")
    assert await gather(house) == {"stored": 1, "failed": 0, "waiting": 0}
    assert images(house)[0]["post_id"] is None


async def test_a_fault_of_ours_costs_one_image(house: House, monkeypatch: pytest.MonkeyPatch):
    article(house, house.server.url("/red"), house.server.url("/blue"))
    house.server.route("/red", Answer(body=RED))
    house.server.route("/blue", Answer(body=BLUE))
    configure(house)
    await house.fetch_one()
    monkeypatch.setattr(image_fetcher, "read_image", lambda data: 1 / 0 if data == RED else read_image(data))
    assert await gather(house) == {"stored": 1, "failed": 1, "waiting": 1}
    assert images(house)[0]["outcome"] == "internal-error"


def test_the_daemon_fetches_them_and_a_kill_loses_none(house: House):
    article(house, *(house.server.url(f"/{n}.jpg") for n in range(4)))
    for n in range(4):
        house.server.route(f"/{n}.jpg", Raw(HANG) if n == 2 else Answer(body=jpeg(9 + n, 9)))
    configure(house)
    with house.daemon() as daemon:
        until(lambda: house.server.to("/2.jpg"))
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    assert [row["outcome"] for row in images(house)] == ["ok", "ok", None, None]
    house.server.route("/2.jpg", Answer(body=jpeg(11, 9)))
    # The one that was under way is another's only when the killed process has surely ended.
    house.execute("UPDATE media SET next_try_at = '2021-01-01T00:00:00.000Z' WHERE next_try_at > '2021'")
    with house.daemon() as daemon:
        until(lambda: house.value("SELECT count(*) FROM media WHERE outcome = 'ok'") == 4)
        assert stop(daemon) < 5
    assert len(files(house)) == 4
    assert all(not path.endswith(".tmp") for path in files(house))
    assert len(house.server.to("/0.jpg")) == 1


def test_a_stop_waits_for_no_image(house: House):
    article(house, house.server.url("/hangs"))
    house.server.route("/hangs", Raw(HANG))
    configure(house)
    house.path.write_text(house.path.read_text().replace('timeout = "3s"', 'timeout = "60s"'))
    with house.daemon() as daemon:
        until(lambda: house.server.to("/hangs"))
        assert stop(daemon) < 5
    [row] = images(house)
    assert (row["outcome"], row["attempts"]) == (None, 0)
    assert house.log()[-1]["event"] == "stopped"


def test_the_bound_of_what_is_taken_outlasts_every_request():
    assert image_fetcher.TAKEN_S > 600 + leases.LEASE_S, "`timeout` is at most ten minutes"
