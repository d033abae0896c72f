"""Posts of other sites' entries make place for the article of their URL's own site: they move, or take its words."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestd.identity.keys import synthetic_url
from ingestd.model.article import BodyOrigin
from ingestd.model.feed import Entry, Timestamp, ZoneOrigin
from ingestd.model.poll import WriteBatch
from ingestd.model.post import NewPost, Post
from ingestd.model.source import Source
from ingestd.store import sources, writes
from ingestd.text.content_digest import content_digest
from tests.store import make

URL = "https://owner.example/2026/bridge"
WALK = "https://links.example/2026/walk"
OWN = (
    "Bridge over the Lune reopens",
    "After three years of work the mayor cut the ribbon, and the first bus crossed the river at noon on Saturday.",
)
COMMENT = (
    "Why I walk to work again",
    "My commute has been a detour through two villages since the flood, so this piece of local news made my week.",
)
COMMENT_WITH_LINK = f'<p>{COMMENT[1]}</p><p><a href="{URL}">{URL}</a></p>'
BLOG_ID, OWNER_ID = 1, 2


def words(of: tuple[str, str], source_id: int, **values) -> Post:
    title, text = of
    given = {"title": title, "text": text, "content": f"<p>{text}</p>", "body_origin": BodyOrigin.FEED}
    return make.post(source_id, from_url=URL, source_id=source_id, **(given | values))


def of_blog(*keys: tuple[str, str], said: tuple[str, str] = COMMENT, **values) -> NewPost:
    return make.new(1, ("link", URL), *keys, like=words(said, BLOG_ID), of_own_site=False, **values)


def read_by_blog(text: str, **values) -> NewPost:
    """The article of the URL as the blog read it on its page."""
    like = words((OWN[0], text), BLOG_ID, body_origin=BodyOrigin.PAGE)
    return make.new(1, ("link", URL), like=like, **values)


def of_owner(*keys: tuple[str, str], **values) -> NewPost:
    return make.new(2, ("link", URL), *keys, like=words(OWN, OWNER_ID), **values)


@pytest.fixture
def sites(database):
    """The source of a link blog (1), and that of the site to which it links (2)."""
    wanted = [make.source(name, f"https://{name}.example/feed.xml") for name in ("links", "owner")]
    database.write(sources.sync, wanted, make.NOW)
    return database


def store(database, *posts: NewPost, source_id: int, seconds: float = 0) -> None:
    make.store(database, *posts, source_id=source_id, at=make.later(seconds))


def addresses(database) -> dict[str, str]:
    return dict(make.rows(database, "SELECT title, from_url FROM posts"))


def keys(database) -> list[tuple[Any, ...]]:
    return make.rows(database, "SELECT kind, key, post_id FROM identities ORDER BY post_id, kind, key")


def test_commentary_moves_to_its_own_address(sites):
    due = ("revisit", make.later(60), 1)
    store(sites, of_blog(("guid", "1:" + WALK), ("final", URL + "?f"), visit=due), source_id=BLOG_ID)
    store(sites, of_owner(("guid", "2:1"), ("final", URL + "?f")), source_id=OWNER_ID, seconds=60)
    assert make.rows(sites, "SELECT id, from_url, title, content, text, revision, updated_at FROM posts") == [
        (
            1,
            WALK,
            COMMENT[0],
            COMMENT_WITH_LINK,
            f"{COMMENT[1]}\n{URL}",
            1,
            "2026-11-22T17:01:00.000Z",
        ),
        (2, URL, OWN[0], f"<p>{OWN[1]}</p>", OWN[1], 1, "2026-11-22T17:00:00.000Z"),
    ]
    assert keys(sites) == [
        ("guid", "1:" + WALK, 1),
        ("link", WALK, 1),
        ("guid", "2:1", 2),
        ("link", URL, 2),
    ]
    assert make.rows(sites, "SELECT post_id, source_id FROM sightings ORDER BY post_id") == [(1, 1), (2, 2)]
    assert make.value(sites, "SELECT count(*) FROM revisions") == 0
    assert make.value(sites, "SELECT count(*) FROM visits") == 0


def test_only_the_visit_of_the_post_that_moves_ends(sites):
    visit = ("revisit", make.later(60), 1)
    other = make.new(5, like=make.post(5, source_id=BLOG_ID), visit=visit)
    store(sites, of_blog(visit=visit), other, source_id=BLOG_ID)
    store(sites, of_owner(), source_id=OWNER_ID)
    assert make.rows(sites, "SELECT post_id FROM visits") == [(2,)]
    assert ("link", make.link(5)[1], 2) in keys(sites)


def address_by_hash(published_ms: int | None = 1_618_759_080_001) -> str:
    """The address that the identity decision gives an entry with these words, where its guid is not its own."""
    moment = datetime.fromtimestamp((published_ms or 0) / 1000, UTC)
    published = Timestamp("", moment, ZoneOrigin.STATED) if published_ms else None
    source = Source("links", "https://links.example/feed.xml", id=BLOG_ID)
    return synthetic_url(Entry(title=COMMENT[0], link=URL, published=published), source, use_guid=False)


@pytest.mark.parametrize(
    ("guids", "address"),
    [
        (("1:" + WALK,), WALK),
        (("1:note-7",), URL + "#guid=note-7"),
        (("1:note 7",), URL + "#guid=note%207"),
        (("1:b", "1:a"), URL + "#guid=a"),
        (("1:tag:links.example,2026:7",), URL + "#guid=tag:links.example%2C2026:7"),
        (("1:sha256:00",), address_by_hash()),
        (("1:",), address_by_hash()),
        ((), address_by_hash()),
    ],
)
def test_the_address_of_commentary_is_named_by_its_guid(sites, guids, address):
    store(sites, of_blog(*(("guid", guid) for guid in guids)), source_id=BLOG_ID)
    store(sites, of_owner(), source_id=OWNER_ID)
    assert addresses(sites)[COMMENT[0]] == address
    assert ("link", address, 1) in keys(sites)


def test_the_key_of_its_own_address_is_normalised(sites):
    store(sites, of_blog(("guid", "1:https://links.example/2026/walk?utm_source=feed")), source_id=BLOG_ID)
    store(sites, of_owner(), source_id=OWNER_ID)
    assert addresses(sites)[COMMENT[0]] == WALK + "?utm_source=feed"
    assert ("link", WALK, 1) in keys(sites)


def test_the_first_guid_of_the_own_source_counts(sites):
    store(sites, of_blog(("guid", "1:z")), source_id=BLOG_ID)
    later = WriteBatch(BLOG_ID, make.later(9), keys=(("guid", "1:a", 1),))
    of_other = WriteBatch(OWNER_ID, make.NOW, keys=(("guid", "2:0", 1),))
    sites.write(writes.write, of_other)
    sites.write(writes.write, later)
    store(sites, of_owner(), source_id=OWNER_ID)
    assert addresses(sites)[COMMENT[0]] == URL + "#guid=z"


def test_the_site_that_the_feed_names_is_its_own(sites):
    make.run(sites, "UPDATE sources SET site_url = 'https://walks.example/' WHERE id = 1")
    store(sites, of_blog(("guid", "1:https://walks.example/7")), source_id=BLOG_ID)
    store(sites, of_owner(), source_id=OWNER_ID)
    assert addresses(sites)[COMMENT[0]] == "https://walks.example/7"


def test_an_address_that_another_post_has_is_not_taken_twice(sites):
    """The permalink, then the link with the guid, then with the hash, then with the number of the post."""
    found: list[str] = []
    for taken in range(4):
        make.run(sites, "DELETE FROM posts WHERE title IN (:a, :b)", a=OWN[0], b=COMMENT[0])
        make.run(sites, "DELETE FROM identities WHERE key NOT LIKE 'x%'")
        for number, url in enumerate(found):
            like = make.post(20 + number, from_url=url, source_id=BLOG_ID)
            store(sites, make.new(20 + number, ("guid", f"x{number}"), like=like), source_id=BLOG_ID)
        store(sites, of_blog(("guid", "1:" + WALK)), source_id=BLOG_ID)
        store(sites, of_owner(), source_id=OWNER_ID)
        found.append(addresses(sites)[COMMENT[0]])
        assert len(set(found)) == taken + 1
    number = make.value(sites, "SELECT id FROM posts WHERE title = :title", title=COMMENT[0])
    assert found[0] == WALK
    assert found[1] == URL + "#guid=https:%2F%2Flinks.example%2F2026%2Fwalk"
    assert found[2].startswith(URL + "#guid=sha256:")
    assert found[3] == f"{URL}#guid=post-{number}"


def test_an_address_without_a_guid_is_the_same_at_the_next_poll(sites):
    """The hash in the address is that of title and published time, as the identity decision makes it."""
    for published_ms in (None, 1_618_759_080_000):
        like = words(COMMENT, BLOG_ID, published_ms=published_ms)
        make.run(sites, "DELETE FROM posts")
        make.run(sites, "DELETE FROM identities")
        store(sites, replace(of_blog(), post=like), source_id=BLOG_ID)
        store(sites, of_owner(), source_id=OWNER_ID)
        assert addresses(sites)[COMMENT[0]] == address_by_hash(published_ms)


def test_the_words_of_the_own_site_take_the_place_of_a_listing(sites):
    store(sites, of_blog(("guid", "1:7"), said=OWN), source_id=BLOG_ID)
    text = OWN[1] + " Two lamps were lit."
    own = replace(
        words((OWN[0] + "!", text), OWNER_ID),
        author="Ann",
        image="https://owner.example/1.jpg",
        modified_at=make.later(5),
        link_title="Bridge",
        body_origin=BodyOrigin.PAGE,
        extraction_version="feed 5, page 5, settings 0",
    )
    page = make.page(b"<html>bridge", url=URL, final_url=URL, fetched_at=make.later(7))
    new = make.new(2, ("link", URL), ("guid", "2:1"), like=own, entry_digest="e", page_digest="p", page=page)
    store(sites, new, source_id=OWNER_ID, seconds=60)
    columns = (
        "id, from_url, source_id, author, title, text, content, image, modified_at, link_title, body_origin, "
        "extraction_version, content_digest, entry_digest, page_digest, revision, updated_at"
    )
    assert make.rows(sites, f"SELECT {columns} FROM posts") == [
        (
            *(1, URL, OWNER_ID, "Ann", OWN[0] + "!", text, f"<p>{text}</p>", "https://owner.example/1.jpg"),
            *("2026-11-22T17:00:05.000Z", "Bridge", "page", "feed 5, page 5, settings 0"),
            *(content_digest(OWN[0] + "!", text), "e", "p", 2, "2026-11-22T17:01:00.000Z"),
        )
    ]
    assert make.rows(sites, "SELECT title, content, reason, recorded_at FROM revisions") == [
        (OWN[0], f"<p>{OWN[1]}</p>", "merge", "2026-11-22T17:01:00.000Z")
    ]
    assert make.value(sites, "SELECT final_url FROM pages WHERE post_id = 1") == URL
    assert make.rows(sites, "SELECT source_id FROM sightings ORDER BY source_id") == [(1,), (2,)]


def test_a_site_without_texts_leaves_those_of_a_listing(sites):
    like = words(
        (OWN[0] + "?", OWN[1]),
        BLOG_ID,
        body_origin=BodyOrigin.SUMMARY,
        extraction_version="feed 4",
        image="https://links.example/1.jpg",
    )
    store(sites, replace(of_blog(), post=like), source_id=BLOG_ID)
    empty = words((OWN[0], ""), OWNER_ID, content="", author="Ann", body_origin=BodyOrigin.NONE, image=None)
    store(sites, make.new(2, ("link", URL), like=empty), source_id=OWNER_ID, seconds=60)
    columns = "source_id, author, title, text, content, body_origin, extraction_version, image, content_digest"
    assert make.rows(sites, f"SELECT {columns} FROM posts") == [
        (
            *(OWNER_ID, "Ann", OWN[0], OWN[1], f"<p>{OWN[1]}</p>", "summary", "feed 4"),
            *("https://links.example/1.jpg", content_digest(*OWN)),
        )
    ]


@pytest.mark.parametrize(
    ("origin", "text"), [(BodyOrigin.SUMMARY, "page"), (BodyOrigin.NONE, "page"), (BodyOrigin.FEED, OWN[1])]
)
def test_a_summary_of_the_own_site_leaves_the_text_of_its_page(sites, origin, text):
    """Another source has read the page, and the site's own could not."""
    planned, retry = ("revisit", make.later(60), 1), ("retry", make.later(90), 1)
    store(sites, read_by_blog("page", visit=planned), source_id=BLOG_ID)
    own = words((OWN[0], "" if origin is BodyOrigin.NONE else OWN[1]), OWNER_ID, body_origin=origin)
    store(sites, make.new(2, ("link", URL), like=own, visit=retry, by_own_source=True), source_id=OWNER_ID)
    assert make.rows(sites, "SELECT source_id, text FROM posts") == [(OWNER_ID, text)]
    assert make.rows(sites, "SELECT purpose FROM visits") == [("revisit" if text == "page" else "retry",)]
