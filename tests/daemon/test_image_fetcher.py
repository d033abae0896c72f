"""Images of stored posts, end to end: queued with the post, fetched once, stored by their hash, retried."""

import asyncio
import hashlib
import signal
from pathlib import Path

import pytest

from ingestd.archive.images.files import image_path
from ingestd.archive.images.formats import read_image
from ingestd.daemon import image_fetcher
from ingestd.daemon.image_fetcher import ImageFetcher, fetch_images
from ingestd.poll import leases
from ingestd.store import sources
from tests.archive.images.test_formats import jpeg, png
from tests.support.installation import HANG_S, Installation, Item, feed, page, prose, until
from tests.support.server import HANG, RESET, Answer, Raw

RED, BLUE = png(3, 2), png(4, 4)
IMAGE = {"Content-Type": "application/octet-stream"}


def article(installation: Installation, *images: str, path: str = "/f", name: str = "甲") -> None:
    """A feed with one article that shows these images."""
    shown = "".join(f'<p><img src="{image}"></p>' for image in images)
    installation.server.route(path, feed(Item("一", installation.server.url(f"/story{path}"), prose("长江") + shown)))
    installation.server.route(f"/story{path}", page("一", prose("长江") + shown))


def configure(installation: Installation, *, fetch: str = "", more: str = "", **values: object) -> None:
    installation.configure({"name": "甲", "path": "/f", "media": True} | values, fetch=fetch, more=more)


async def gather(installation: Installation, seconds: float = 600.0) -> dict[str, int] | None:
    """Fetch the images that are due."""
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        return await fetch_images(stored, context, seconds=seconds)
    return None


def images(installation: Installation) -> list[dict[str, object]]:
    return installation.rows("SELECT * FROM media ORDER BY id")


def files(installation: Installation) -> list[str]:
    root = folder(installation)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def folder(installation: Installation) -> Path:
    return installation.folder / "ingestd.db.media"


async def test_images_of_a_new_post_are_fetched_once(installation: Installation):
    article(installation, installation.server.url("/red.jpg?w=1&h=2"), installation.server.url("/blue"))
    installation.server.route("/red.jpg", Answer(body=RED, headers={"Content-Type": "text/html"}))
    installation.server.route("/blue", Answer(body=BLUE))
    configure(installation)
    await installation.fetch_one()
    waiting = images(installation)
    assert [row["url"] for row in waiting] == [
        installation.server.url("/red.jpg?w=1&h=2"),
        installation.server.url("/blue"),
    ]
    assert {row["outcome"] for row in waiting} == {None}
    assert await gather(installation) == {"stored": 2, "failed": 0, "waiting": 0}
    red, blue = images(installation)
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
    assert files(installation) == sorted(image_path(str(row["hash"]), "image/png") for row in (red, blue))
    assert (folder(installation) / digest[:2] / digest[2:4] / f"{digest}.png").read_bytes() == RED
    # Neither another poll nor another round asks again, and the post still names the web.
    await installation.fetch_one(force=True)
    assert await gather(installation) == {"stored": 0, "failed": 0, "waiting": 0}
    assert installation.server.counts()["/red.jpg"] == installation.server.counts()["/blue"] == 1
    assert installation.server.url("/blue") in installation.value("SELECT content FROM posts")


async def test_without_media_no_image_is_queued(installation: Installation):
    article(installation, installation.server.url("/red"))
    installation.configure({"name": "甲", "path": "/f"})
    await installation.fetch_one()
    assert await gather(installation) is None
    assert images(installation) == []
    assert not folder(installation).exists()


async def test_images_of_feed_content_are_fetched(installation: Installation):
    article(installation, installation.server.url("/red"))
    installation.server.route("/red", Answer(body=RED))
    configure(installation, article="never")
    await installation.fetch_one()
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_one_image_under_two_addresses_is_one_file(installation: Installation):
    article(installation, installation.server.url("/1"), installation.server.url("/2"))
    for path in ("/1", "/2"):
        installation.server.route(path, Answer(body=RED))
    configure(installation)
    await installation.fetch_one()
    assert await gather(installation) == {"stored": 2, "failed": 0, "waiting": 0}
    assert len(files(installation)) == 1


async def test_image_added_by_an_edit(installation: Installation):
    link = installation.server.url("/story")
    plain, shown = prose("长江"), prose("长江") + f'<p>还有一张图。<img src="{installation.server.url("/red")}"></p>'
    installation.server.route("/f", feed(Item("一", link, plain, "g")), feed(Item("一", link, shown, "g")))
    installation.server.route("/red", Answer(body=RED))
    configure(installation, article="never")
    await installation.fetch_one()
    assert images(installation) == []
    await installation.fetch_one()
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}
    assert images(installation)[0]["post_id"] == 1


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
async def test_failed_image_is_retried_after_1_h_6_h_and_1_d(installation: Installation, answer, outcome, reason):
    article(installation, installation.server.url("/broken"))
    installation.server.route("/broken", answer)
    configure(installation)
    await installation.fetch_one()
    for attempt, hours in enumerate((1, 6, 24, 999), start=1):
        assert await gather(installation) == {"stored": 0, "failed": 1, "waiting": int(attempt < 4)}
        [row] = images(installation)
        assert (row["outcome"], row["attempts"], row["hash"]) == (outcome, attempt, None)
        assert reason in str(row["reason"])
        installation.clock.forward(hours=hours, seconds=-60)
        assert await gather(installation) == {"stored": 0, "failed": 0, "waiting": int(attempt < 4)}, (
            "not before its time"
        )
        installation.clock.forward(seconds=120)
    assert images(installation)[0]["next_try_at"] is None
    assert len(installation.server.to("/broken")) >= 4
    assert files(installation) == []


async def test_temporary_failure(installation: Installation):
    article(installation, installation.server.url("/red"))
    installation.server.route("/red", Answer(500), Answer(body=RED))
    configure(installation)
    await installation.fetch_one()
    await gather(installation)
    installation.clock.forward(hours=1, seconds=5)
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}
    assert (images(installation)[0]["outcome"], images(installation)[0]["reason"]) == ("ok", None)


async def test_permanent_failure_is_not_retried(installation: Installation):
    large = installation.server.url("/large")
    article(installation, large, "http://10.1.2.3/private.png", installation.server.url("/no/robots.png"))
    installation.server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /no/\n"))
    installation.server.route("/large", Answer(body=RED + bytes(2000)))
    configure(installation, more='[media]\nmax_size = "1KB"\n')
    await installation.fetch_one()
    assert await gather(installation) == {"stored": 0, "failed": 3, "waiting": 0}
    assert [row["outcome"] for row in images(installation)] == ["too-large", "address-refused", "robots-disallowed"]
    assert not installation.server.to("/no/robots.png")


async def test_size_limit_is_that_of_images_not_of_pages(installation: Installation):
    article(installation, installation.server.url("/large"))
    installation.server.route("/large", Answer(body=RED + bytes(200_000)))
    configure(installation, fetch='max_body = "100KB"\n')
    await installation.fetch_one()
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_referer_is_sent_without_secrets_of_the_source(installation: Installation):
    article(
        installation,
        installation.server.url("/red"),
        installation.server.url("/blue").replace("127.0.0.1", "127.0.0.2"),
    )
    with type(installation.server)("127.0.0.2", port=installation.server.port) as other:
        installation.server.route("/red", Answer(body=RED))
        other.route("/blue", Answer(body=BLUE))
        configure(installation, headers={"Cookie": "secret=1"})
        await installation.fetch_one()
        assert await gather(installation) == {"stored": 2, "failed": 0, "waiting": 0}
        [near], [far] = installation.server.to("/red"), other.to("/blue")
    assert near.header("referer") == far.header("referer") == installation.server.url("/")
    assert (near.header("cookie"), far.header("cookie")) == ("secret=1", None)
    assert "image/" in (near.header("accept") or "")


def test_no_referer_from_https_to_http():
    assert image_fetcher._referer("https://a.example/secret/1", "http://b.example/1.png") == ()
    assert image_fetcher._referer("https://a.example/secret/1", "https://b.example/1.png") == (
        ("Referer", "https://a.example/"),
    )


async def test_slow_server_does_not_delay_others(installation: Installation):
    slow = [installation.server.url(f"/slow/{n}").replace("127.0.0.1", "127.0.0.3") for n in range(5)]
    article(installation, *slow, *(installation.server.url(f"/red/{n}") for n in range(5)))
    with type(installation.server)("127.0.0.3", port=installation.server.port) as other:
        other.otherwise(Raw(HANG))
        installation.server.otherwise(Answer(body=RED))
        configure(installation, fetch="robots = false\n")
        await installation.fetch_one()
        async for context in installation.open():
            stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
            fetcher = ImageFetcher(stored, context)
            fetching = asyncio.create_task(fetcher.fetch_due(3600))
            async with asyncio.timeout(HANG_S):
                while fetcher.counts["stored"] < 5 or not other.in_flight:  # noqa: ASYNC110 - no event tells it
                    await asyncio.sleep(0.02)
            fetching.cancel()
            await asyncio.wait([fetching])
        assert other.most_in_flight == 1
        # A round ends with its time, also where a server never answers.
        assert await gather(installation, seconds=0.1) == {"stored": 0, "failed": 0, "waiting": 5}
    assert installation.server.most_in_flight <= 2
    # What was stopped is due at once, and no failure.
    assert {(row["outcome"], row["attempts"]) for row in images(installation)} == {("ok", 0), (None, 0)}
    assert installation.value("SELECT max(next_try_at) FROM media") <= installation.value(
        "SELECT strftime('%Y-%m-%dT%H:%M:%fZ')"
    )


async def test_two_processes_fetch_each_image_once(installation: Installation):
    article(installation, *(installation.server.url(f"/{n}.png") for n in range(12)))
    installation.server.otherwise(Answer(body=RED, delay=0.02))
    configure(installation)
    await installation.fetch_one()
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        async for others in installation.open():
            one, two = ImageFetcher(stored, context), ImageFetcher(stored, others)
            await one.tick()
            await two.tick()
            await one.fetch_due(10)
            await two.fetch_due(10)
            assert one.counts["stored"] + two.counts["stored"] == 12
            assert min(one.counts["stored"], two.counts["stored"]) > 0
    assert all(installation.server.counts()[f"/{n}.png"] == 1 for n in range(12))


async def test_full_disk_does_not_count_as_a_failure_of_the_image(installation: Installation):
    article(installation, installation.server.url("/red"))
    installation.server.route("/red", Answer(body=RED))
    configure(installation)
    await installation.fetch_one()
    folder(installation).write_text("a file where the folder should be")
    await gather(installation)
    [row] = images(installation)
    assert (row["outcome"], row["attempts"], row["hash"]) == ("store-failed", 0, None)
    folder(installation).unlink()
    installation.clock.forward(minutes=11)
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}


@pytest.mark.parametrize("change", ["UPDATE OF next_try_at", "UPDATE OF outcome"])
async def test_a_database_that_cannot_be_written_ends_the_round(installation: Installation, change: str):
    article(installation, installation.server.url("/red"), installation.server.url("/blue"))
    installation.server.otherwise(Answer(body=RED))
    configure(installation)
    await installation.fetch_one()
    installation.execute(f"CREATE TRIGGER broken BEFORE {change} ON media BEGIN SELECT RAISE(ABORT, 'no room'); END")
    async with asyncio.timeout(HANG_S):
        await gather(installation, seconds=3600)
    assert {row["outcome"] for row in images(installation)} == {None}
    installation.execute("DROP TRIGGER broken")
    installation.clock.forward(seconds=image_fetcher.RESERVED_S + 1)
    assert await gather(installation) == {"stored": 2, "failed": 0, "waiting": 0}


async def test_images_of_a_disabled_source_stay_queued(installation: Installation):
    article(installation, installation.server.url("/red"))
    installation.server.route("/red", Answer(body=RED))
    configure(installation)
    await installation.fetch_one()
    configure(installation, media=False)
    assert await gather(installation) is None
    configure(installation)
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_image_of_two_sources_is_fetched_once(installation: Installation):
    for path in ("/f", "/g"):
        article(installation, installation.server.url("/red"), path=path)
    installation.server.route("/red", Answer(body=RED))
    installation.configure({"name": "甲", "path": "/f", "media": True}, {"name": "乙", "path": "/g", "media": True})
    await installation.fetch("甲")
    await installation.fetch("乙")
    assert len(images(installation)) == 1
    # The first is gone before it was fetched: the second still wants it.
    installation.configure({"name": "乙", "path": "/g", "media": True})
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}


async def test_post_deleted_during_the_fetch(installation: Installation):
    article(installation, installation.server.url("/red"))
    installation.server.route("/red", Answer(body=RED))
    configure(installation)
    await installation.fetch_one()
    installation.execute("DELETE FROM posts")
    assert await gather(installation) == {"stored": 1, "failed": 0, "waiting": 0}
    assert images(installation)[0]["post_id"] is None


async def test_internal_error_affects_one_image_only(installation: Installation, monkeypatch: pytest.MonkeyPatch):
    article(installation, installation.server.url("/red"), installation.server.url("/blue"))
    installation.server.route("/red", Answer(body=RED))
    installation.server.route("/blue", Answer(body=BLUE))
    configure(installation)
    await installation.fetch_one()
    monkeypatch.setattr(image_fetcher, "read_image", lambda data: 1 / 0 if data == RED else read_image(data))
    assert await gather(installation) == {"stored": 1, "failed": 1, "waiting": 1}
    assert images(installation)[0]["outcome"] == "internal-error"


def test_killed_daemon_fetches_images_after_a_restart(installation: Installation):
    article(installation, *(installation.server.url(f"/{n}.jpg") for n in range(4)))
    for n in range(4):
        installation.server.route(f"/{n}.jpg", Raw(HANG) if n == 2 else Answer(body=jpeg(9 + n, 9)))
    configure(installation)
    with installation.daemon() as daemon:
        until(lambda: installation.server.to("/2.jpg"))
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    assert [row["outcome"] for row in images(installation)] == ["ok", "ok", None, None]
    installation.server.route("/2.jpg", Answer(body=jpeg(11, 9)))
    # The one that was under way is another's only when the killed process has surely ended.
    installation.execute("UPDATE media SET next_try_at = '2021-01-01T00:00:00.000Z' WHERE next_try_at > '2021'")
    with installation.daemon() as daemon:
        until(lambda: installation.value("SELECT count(*) FROM media WHERE outcome = 'ok'") == 4)
        installation.stop(daemon)
    assert len(files(installation)) == 4
    assert all(not path.endswith(".tmp") for path in files(installation))
    assert len(installation.server.to("/0.jpg")) == 1


def test_stop_does_not_wait_for_images(installation: Installation):
    article(installation, installation.server.url("/hangs"))
    installation.server.route("/hangs", Raw(HANG))
    configure(installation)
    with installation.daemon() as daemon:
        until(lambda: installation.server.to("/hangs"))
        installation.stop(daemon)
    [row] = images(installation)
    assert (row["outcome"], row["attempts"]) == (None, 0)


def test_claim_lasts_longer_than_a_request():
    assert image_fetcher.RESERVED_S > 600 + leases.LEASE_S, "`timeout` is at most ten minutes"
