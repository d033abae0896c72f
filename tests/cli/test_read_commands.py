"""The commands that only read: the same rows as text and as JSON, with filters, limits and wrong usage."""

import pytest

from tests.cli.commands import Commands


def add_post(ingestd: Commands, number: int, **values: object) -> None:
    given: dict[str, object] = {
        "id": number,
        "source_id": 1,
        "from_url": f"https://a.example/{number}",
        "title": f"标题 {number}",
        "date": f"2026-01-{number:02}T08:00:00.000Z",
        "author": "记者",
        "content": f"<p>正文 {number}</p>",
        "text": f"正文 {number}",
        "date_origin": "feed",
        "body_origin": "page",
        "fetched_at": "2026-02-01T00:00:00.000Z",
        "updated_at": "2026-02-01T00:00:00.000Z",
        "revision": 1,
    } | values
    marks = ", ".join("?" for _ in given)
    ingestd.sql(f"INSERT INTO posts ({', '.join(given)}) VALUES ({marks})", *given.values())


@pytest.fixture
def posts(two_sources: Commands) -> Commands:
    for number in range(1, 6):
        add_post(two_sources, number, source_id=1 + number % 2)
    return two_sources


def ids(done) -> list[int]:
    return [row["id"] for row in done.json]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), [5, 4, 3, 2, 1]),
        (("--limit", "2"), [5, 4]),
        (("-n", "1"), [5]),
        (("--source", "甲"), [4, 2]),
        (("--source", "乙"), [5, 3, 1]),
        (("--source", "乙", "--limit", "2"), [5, 3]),
        (("--since", "2026-01-03"), [5, 4, 3]),
        (("--since", "2026-01-03T08:00:00"), [5, 4, 3]),
        (("--since", "2026-01-03T08:00:01"), [5, 4]),
        (("--since", "2026-02"), []),
        (("--since", "2026-01-03", "--source", "甲"), [4]),
    ],
)
def test_posts_list(posts, arguments, found):
    assert ids(posts("posts", "list", *arguments, "--json")) == found
    shown = posts("posts", "list", *arguments).out.splitlines()[1:]
    assert [int(line.split("\t")[0]) for line in shown] == found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("posts", "list", "--limit", "0"), "limit"),
        (("posts", "list", "--limit", "x"), "limit"),
        (("posts", "list", "--limit", str(2**63)), "limit"),
        (("posts", "show"), "ID"),
        (("posts", "show", "one"), "valid integer"),
        (("posts", "show", str(2**63)), "ID"),
        (("posts", "nothing"), "nothing"),
        (("posts", "search"), "QUERY"),
        (("media", "list", "--limit", "0"), "limit"),
        (("db", "backup"), "PATH"),
        (("pages", "export"), "warc"),
        (("status", "extra"), "extra"),
        (("nothing",), "nothing"),
        (("posts", "list", "--since", "2026-00"), "not a date: '2026-00'"),
        (("posts", "list", "--since", "2026-01-00"), "not a date: '2026-01-00'"),
        (("media", "fetch"), "no source has `media = true`"),
        (("article", "nowhere"), "neither a file nor a web address: 'nowhere'"),
        (("article", "ftp://a.example/"), "neither a file nor a web address"),
        (("article", "https://a.example/", "--source", "无"), "no source is named '无'"),
        (("article", "https://a.example/", "--rule", "div["), "not a CSS selector: 'div['"),
        (("article", "https://a.example/", "--remove", "p:nope"), "not a CSS selector: 'p:nope'"),
        (("sources", "check", "无"), "no source is named '无'"),
    ],
)
def test_wrong_usage_is_told_with_status_2(posts, arguments, says):
    done = posts(*arguments)
    assert (done.status, done.out) == (2, "")
    assert says.lower() in done.err.lower()
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({}, ["date: 2026-01-07 08:00:00 UTC (from: feed)   author: 记者", "body from: page   revision: 1"]),
        ({"date_clamped": 1}, ["(from: feed, clamped)"]),
        ({"date_origin": "ingested", "body_origin": "feed"}, ["(from: ingested)", "body from: feed"]),
        ({"tags": '["a", "b"]', "categories": '["c"]'}, ["tags: a, b   categories: c"]),
        ({"title": "A\x1b[31mB"}, ["A\\u001b[31mB"]),
    ],
)
def test_posts_show(posts, values, lines):
    add_post(posts, 7, **values)
    out = posts("posts", "show", "7").out
    assert all(line in out for line in lines)
    assert out.endswith("\n\n正文 7\n")


def test_posts_show_tells_which_sources_list_it(posts):
    for source, since in ((2, "2026-01-02T00:00:00.000Z"), (1, "2026-01-01T00:00:00.000Z")):
        posts.sql(
            "INSERT INTO sightings (post_id, source_id, first_seen_at, last_seen_at) VALUES (1, ?, ?, ?)",
            source,
            since,
            since,
        )
    listed = [line for line in posts("posts", "show", "1").out.splitlines() if line.startswith("listed by")]
    assert listed == ["listed by: 甲 since 2026-01-01 00:00 UTC", "listed by: 乙 since 2026-01-02 00:00 UTC"]
    assert [row["source"] for row in posts("posts", "show", "1", "--json").json["sightings"]] == ["甲", "乙"]


def test_posts_show_as_json_has_every_value(posts):
    add_post(posts, 7, tags='["a"]', categories='["c"]', language="zh", published_ms=1_618_759_080_000, date_raw="Sun")
    whole = posts("posts", "show", "7", "--json").json
    expected = {
        "id": 7,
        "from_url": "https://a.example/7",
        "title": "标题 7",
        "date": "2026-01-07T08:00:00.000Z",
        "author": "记者",
        "tags": ["a"],
        "categories": ["c"],
        "content": "<p>正文 7</p>",
        "text": "正文 7",
        "published_ms": 1_618_759_080_000,
        "fetched_at": "2026-02-01T00:00:00.000Z",
        "date_origin": "feed",
        "body_origin": "page",
        "date_raw": "Sun",
        "language": "zh",
        "revision": 1,
        "modified_at": None,
        "extra": {},
        "sightings": [],
        "revisions": [],
    }
    assert {key: whole[key] for key in expected} == expected
    listed = next(row for row in posts("posts", "list", "--json").json if row["id"] == 7)
    assert listed == {key: value for key, value in whole.items() if key in listed}
    assert whole.keys() - listed.keys() == {"content", "text", "extra", "sightings", "revisions"}


def test_no_images(posts):
    done = posts("media", "list")
    assert (done.status, done.out) == (0, "")
    assert done.err == "no images: a source with `media = true` keeps those of its articles\n"
    assert posts("media", "list", "--json").json == []


def test_counts_of_a_database(posts):
    counts = posts("db", "stats", "--json").json
    assert {key: counts[key] for key in ("sources", "posts", "revisions", "pages", "identities")} == {
        "sources": 2,
        "posts": 5,
        "revisions": 0,
        "pages": 0,
        "identities": 0,
    }
    assert counts["bytes"] >= posts.database.stat().st_size > 0
    shown = dict(line.split("\t") for line in posts("db", "stats").out.split("\n\n")[0].splitlines()[1:])
    assert shown["posts"] == "5"


def test_check_of_a_sound_database(posts):
    done = posts("db", "check")
    assert (done.status, done.out) == (0, f"sqlite:///{posts.database}: all is well\n") or done.out.endswith(
        "all is well\n"
    )
    answer = posts("db", "check", "--json").json
    assert (answer["ok"], answer["findings"]) == (True, [])


def test_backup_is_a_whole_database(posts, tmp_path):
    copy = tmp_path / "copy.db"
    done = posts("db", "backup", copy)
    assert (done.status, done.out) == (0, f"{copy}: {copy.stat().st_size:,} bytes\n")
    again = posts("db", "backup", copy)
    assert again.status == 1
    assert str(copy) in again.err
    posts.config.write_text(posts.config.read_text().replace(str(posts.database), str(copy)))
    assert ids(posts("posts", "list", "--json")) == [5, 4, 3, 2, 1]
