"""New posts are compared with the stored ones once more under the write lock: each article is stored once."""

from dataclasses import replace

import pytest

from ingestd.model.article import BodyOrigin
from ingestd.model.poll import WriteBatch
from ingestd.model.post import NewPost, Post
from ingestd.store import sources, writes
from ingestd.store.identities import posts_of_dates
from ingestd.text.times import from_epoch_ms
from tests.store import make

URL, WALK = "https://owner.example/2026/bridge", "https://links.example/2026/walk"
TITLE = "Bridge over the Lune reopens"
TEXT = "After three years of work the mayor cut the ribbon, and the first bus crossed the river at noon on Saturday."
OTHER_TITLE = "Why I walk to work again"
OTHER = "My commute has been a detour through two villages since the flood, so this piece of local news made my week."
LINKS_ID, OWNER_ID = 1, 2
PUBLISHED_MS = 1_618_759_080_000


@pytest.fixture
def sites(database):
    """The source of a link blog (1), and that of the site to which it links (2)."""
    wanted = [make.source(name, f"https://{name}.example/feed.xml") for name in ("links", "owner")]
    database.write(sources.sync, wanted, make.NOW)
    return database


def post(url: str, source_id: int | None = OWNER_ID, title: str = TITLE, text: str = TEXT, **values) -> Post:
    given = {"published_ms": PUBLISHED_MS, "body_origin": BodyOrigin.FEED, "content": f"<p>{text}</p>", "text": text}
    return make.post(1, from_url=url, source_id=source_id, title=title, **(given | values))


def new(like: Post, *keys: tuple[str, str], **values) -> NewPost:
    return make.new(1, *(keys or (("link", like.from_url),)), like=like, **values)


def store(database, *posts: NewPost, seconds: float = 0) -> tuple[list[int], int]:
    """Store posts of one source: the rows that were made, and the number of posts that were known."""
    source_id = posts[0].post.source_id or 0
    result = make.store(database, *posts, source_id=source_id, at=make.later(seconds))
    return [row for row, _ in result.stored], result.already_known


def addresses(database) -> list[str]:
    return [url for (url,) in make.rows(database, "SELECT from_url FROM posts ORDER BY id")]


def keys(database, post_id: int) -> list[tuple[str, str]]:
    query = "SELECT kind, key FROM identities WHERE post_id = :id ORDER BY kind, key"
    return [(kind, key) for kind, key in make.rows(database, query, id=post_id)]


# Keys of a page: they identify an article only where it is the same by what it says.


@pytest.mark.parametrize("kind", ["final", "canonical", "number"])
@pytest.mark.parametrize("is_same", [True, False])
def test_a_key_of_the_page_identifies_the_same_article_alone(sites, kind, is_same):
    store(sites, new(post(URL), ("link", URL), (kind, URL + "?k")))
    title, text = (TITLE, TEXT) if is_same else (OTHER_TITLE, OTHER)
    again = new(post(URL + "/2", title=title, text=text), ("link", URL + "/2"), (kind, URL + "?k"))
    made, known = store(sites, again)
    assert (len(made), known) == ((0, 1) if is_same else (1, 0))
    if not is_same:
        assert keys(sites, made[0]) == [("link", URL + "/2")]
    assert (kind, URL + "?k") in keys(sites, 1)


def test_a_key_of_several_articles_identifies_none(sites):
    store(sites, new(post(URL), ("link", URL), ("shared", "https://owner.example/")))
    again = new(post(URL + "/2"), ("link", URL + "/2"), ("shared", "https://owner.example/"))
    assert store(sites, replace(again, post=replace(again.post, published_ms=None))) == ([2], 0)


# Order within one batch


def test_the_post_whose_own_address_it_is_comes_before_those_that_lead_to_it(sites):
    redirected = new(post(URL + "/old"), ("link", URL + "/old"), ("final", URL))
    assert store(sites, redirected, new(post(URL))) == ([1], 1)
    assert addresses(sites) == [URL]


def test_other_posts_are_stored_in_their_order(sites):
    elsewhere = new(post(URL + "/1", text=OTHER, title=OTHER_TITLE), ("link", URL + "/1"), ("final", URL + "/1?x"))
    assert store(sites, elsewhere, new(post(URL + "/2"))) == ([1, 2], 0)
    assert addresses(sites) == [URL + "/1", URL + "/2"]


# Articles that their source lists under another address


def moved(
    database, *, stored=None, seen_s: float = 600, digests=(None, None), last_seen_s: float = 0, **values
) -> bool:
    """Whether a post is not stored, because it is the stored one under another address."""
    first = new(post(URL, **(stored or {})), entry_digest=digests[0])
    store(database, first)
    if last_seen_s:
        database.write(writes.write, WriteBatch(OWNER_ID, make.later(last_seen_s), sightings=(1,)))
    again = new(post("https://new.example/bridge", **values), seen_at=make.later(seen_s), entry_digest=digests[1])
    made, known = store(database, again, seconds=seen_s)
    assert len(made) + known == 1
    return known == 1


def test_an_article_that_its_source_lists_under_another_address_is_known(sites):
    assert moved(sites)
    assert addresses(sites) == [URL]
    assert ("link", "https://new.example/bridge") in keys(sites, 1)


@pytest.mark.parametrize(
    ("changes", "is_moved"),
    [
        ({"title": TITLE + "!"}, False),
        ({"text": OTHER}, False),
        ({"published_ms": None}, False),
        ({"published_ms": PUBLISHED_MS + 1}, False),
        ({"stored": {"source_id": LINKS_ID}}, False),
        # Both are still listed, or the clock was ahead by less than an hour.
        ({"last_seen_s": 600}, False),
        ({"last_seen_s": 599}, True),
        ({"last_seen_s": 600 + 3600}, False),
        ({"last_seen_s": 600 + 3601}, True),
        # Under a clock that was set back one of the dates is that of the clock.
        ({"stored": {"date": from_epoch_ms(PUBLISHED_MS)}, "date": make.NOW}, True),
        ({"stored": {"date": make.later(-9)}, "date": make.NOW}, False),
        # Both are, while the published time lies in the future.
        ({"stored": {"date": make.later(-9), "date_clamped": True}, "date": make.NOW}, True),
        (
            {
                "stored": {"date": make.later(-9), "date_clamped": True, "published_ms": PUBLISHED_MS + 1},
                "date": make.NOW,
            },
            False,
        ),
        # The feed's words are the same, where the page's cannot be compared.
        ({"digests": ("e", "e"), "text": OTHER}, True),
        ({"digests": ("e", "f"), "text": OTHER}, False),
        ({"digests": ("e", None), "text": OTHER}, False),
        ({"digests": (None, "e"), "text": OTHER}, False),
    ],
)
def test_title_time_and_text_are_the_same_and_the_old_address_is_gone(sites, changes, is_moved):
    if changes.get("stored", {}).get("source_id") == LINKS_ID:
        store(sites, new(post(URL, source_id=LINKS_ID)))
        assert store(sites, new(post("https://new.example/bridge"), seen_at=make.later(600)), seconds=600) == ([2], 0)
        return
    assert moved(sites, **changes) is is_moved


def test_another_source_that_listed_it_lists_it_under_another_address(sites):
    store(sites, new(post(URL)))
    sites.write(writes.write, WriteBatch(LINKS_ID, make.NOW, sightings=(1,)))
    again = new(post("https://new.example/bridge", source_id=LINKS_ID), seen_at=make.later(600))
    assert store(sites, again, seconds=600) == ([], 1)


def test_a_post_that_nothing_lists_any_more_is_another_article(sites):
    """An imported file, or one whose source was forgotten: no feed says that it moved."""
    store(sites, new(post(URL)))
    make.run(sites, "DELETE FROM sightings")
    assert store(sites, new(post("https://new.example/bridge"), seen_at=make.later(600)), seconds=600) == ([2], 0)


# Entries about other sites' articles


def about(text: str = TEXT, title: str = TITLE) -> NewPost:
    """What a link blog stores under its own address, with the link of which nothing is known yet."""
    like = post(WALK, LINKS_ID, title, text, published_ms=None)
    return new(like, ("link", WALK), ("about", URL))


@pytest.mark.parametrize(
    ("kind", "values", "said", "is_known"),
    [
        ("link", {}, (TITLE, TEXT), True),
        ("link", {}, (OTHER_TITLE, OTHER), False),
        ("link", {"source_id": 3}, (TITLE, TEXT), True),
        ("link", {}, (TITLE, OTHER), True),
        ("about", {}, (TITLE, TEXT), True),
        ("about", {}, (TITLE, OTHER), True),
        ("about", {}, (OTHER_TITLE, OTHER), False),
        ("about", {}, ("", OTHER), False),
        ("link", {}, ("", OTHER), True),
        ("final", {}, (TITLE, TEXT), False),
        ("canonical", {}, (TITLE, TEXT), False),
    ],
)
def test_an_entry_about_a_url_is_a_listing_where_it_says_the_same(sites, kind, values, said, is_known):
    sites.write(sources.sync, [make.source(name) for name in ("a", "b", "c")], make.NOW)
    other = post("https://third.example/9", **({"published_ms": 1} | values))
    store(sites, new(other, ("guid", "9"), (kind, URL)))
    made, known = store(sites, about(said[1], said[0]))
    assert (len(made), known) == ((0, 1) if is_known else (1, 0))


def test_an_entry_about_a_deleted_article_is_stored(sites):
    store(sites, new(post(URL)))
    make.run(sites, "DELETE FROM posts")
    make.run(sites, "UPDATE identities SET post_id = NULL")
    assert store(sites, about()) == ([2], 0)


def test_the_post_of_an_address_comes_before_that_of_the_url_it_is_about(sites):
    store(sites, new(post(WALK, LINKS_ID, OTHER_TITLE, OTHER)))
    store(sites, new(post(URL)))
    assert store(sites, about()) == ([], 1)
    assert make.rows(sites, "SELECT post_id FROM sightings WHERE source_id = 1") == [(1,)]


def test_an_entry_and_what_it_is_about_in_one_document_are_two(sites):
    other = new(post(URL, LINKS_ID, published_ms=None))
    assert store(sites, about(), other) == ([1, 2], 0)


def commentary(elsewhere: bool = True, said: tuple[str, str] = (OTHER_TITLE, OTHER)) -> NewPost:
    """A link blog's entry under the URL to which it links, with its place elsewhere."""
    place = (WALK, (("link", WALK), ("guid", "1:7"))) if elsewhere else None
    like = post(URL, LINKS_ID, *said)
    due = ("revisit", make.later(60), 1)
    page = make.page(url=URL)
    keys = (("link", URL), ("guid", "1:7"))
    return new(like, *keys, of_own_site=False, elsewhere=place, page=page, page_digest="p", visit=due)


def test_commentary_is_stored_elsewhere(sites):
    store(sites, new(post(URL)))
    assert store(sites, commentary()) == ([2], 0)
    content = f'<p>{OTHER}</p><p><a href="{URL}">{URL}</a></p>'
    columns = "from_url, title, content, text, page_digest"
    assert make.rows(sites, f"SELECT {columns} FROM posts WHERE id = 2") == [
        (WALK, OTHER_TITLE, content, f"{OTHER}\n{URL}", None)
    ]
    assert keys(sites, 2) == [("guid", "1:7"), ("link", WALK)]
    assert make.value(sites, "SELECT count(*) FROM pages") == 0
    assert make.value(sites, "SELECT count(*) FROM visits") == 0
    assert addresses(sites)[0] == URL
    # Once more: it is known there, by its key or by its address.
    assert store(sites, commentary()) == ([], 1)
    make.run(sites, "DELETE FROM identities WHERE post_id = 2")
    assert store(sites, commentary()) == ([], 1)


@pytest.mark.parametrize("entry", [commentary(elsewhere=False), commentary(said=(TITLE, TEXT))])
def test_a_listing_is_stored_nowhere_else(sites, entry):
    store(sites, new(post(URL)))
    assert store(sites, entry) == ([], 1)
    assert addresses(sites) == [URL]


def test_where_the_url_has_only_a_post_about_it_commentary_has_it(sites):
    """The first one has another address, and nobody's post is under the URL."""
    store(sites, new(post("https://third.example/9", None, "Buses", "Timetables. " * 9), ("guid", "9"), ("about", URL)))
    assert store(sites, commentary()) == ([2], 0)
    assert addresses(sites) == ["https://third.example/9", URL]


def test_commentary_takes_the_place_of_what_another_source_listed_at_its_own_address(sites):
    store(sites, new(post(URL)))
    listed = replace(new(post(WALK, OWNER_ID, OTHER_TITLE, OTHER)), of_own_site=False, by_own_source=False)
    store(sites, listed)
    assert store(sites, commentary()) == ([], 1)
    assert make.rows(sites, "SELECT from_url, source_id FROM posts WHERE id = 2") == [(WALK, LINKS_ID)]


def test_two_entries_of_a_batch_that_lead_to_one_page_are_one_article(sites):
    page_of = ("final", "https://owner.example/story/1")
    first, second = (new(post(url), ("link", url), page_of) for url in (URL, f"{URL}?from=rss"))
    assert store(sites, first, second) == ([1], 1)


def test_a_known_article_is_not_taken_for_one_that_moved_to_its_address(sites):
    """Two articles of the same words; the feed lists the second one alone."""
    other = "https://owner.example/2026/bridge-again"
    store(sites, new(post(URL)), new(post(other)))
    again = new(post(other), seen_at=make.later(600))
    assert store(sites, again, seconds=600) == ([], 1)
    seen = make.rows(
        sites, "SELECT post_id FROM sightings WHERE last_seen_at > :first", first="2026-11-22T17:00:00.000Z"
    )
    assert seen == [(2,)]


@pytest.mark.parametrize(("seen_s", "is_known"), [(601, True), (600, False), (599, False), (600 - 3601, False)])
def test_of_a_history_only_what_left_the_feed_before_its_begin_has_moved(sites, seen_s, is_known):
    store(sites, new(post(URL)))
    sites.write(writes.write, WriteBatch(OWNER_ID, make.later(600), sightings=(1,)))
    again = new(post("https://new.example/bridge"), seen_at=make.later(seen_s))
    result = make.store(sites, again, source_id=OWNER_ID, at=make.later(700), of_history=True)
    assert (len(result.stored), result.already_known) == ((0, 1) if is_known else (1, 0))


@pytest.mark.parametrize(
    ("digests", "is_edited"),
    [(("e", "f"), True), (("e", "e"), False), (("e", None), False), ((None, "f"), False)],
)
def test_a_moved_article_is_edited_where_its_entry_says_something_else(sites, digests, is_edited):
    store(sites, new(post(URL), entry_digest=digests[0]))
    like = post("https://new.example/2026/bridge", text=OTHER)
    again = new(like, seen_at=make.later(600), entry_digest=digests[1], content_digest="other")
    assert store(sites, again, seconds=600) == ([], 1)
    assert make.value(sites, "SELECT count(*) FROM revisions") == is_edited


def test_a_post_is_compared_with_others_when_it_is_stored(sites):
    store(sites, new(post(URL, text=TEXT * 4)))
    assert make.rows(sites, "SELECT post_id FROM fingerprints") == [(1,)]


def test_where_nothing_is_known_of_the_url_commentary_has_it(sites):
    assert store(sites, commentary()) == ([1], 0)
    assert addresses(sites) == [URL]
    assert make.value(sites, "SELECT count(*) FROM pages") == 1


@pytest.mark.parametrize("source_id", [None, OWNER_ID])
def test_a_post_of_the_same_source_or_of_a_file_makes_no_place(sites, source_id):
    stored = post(URL, LINKS_ID, OTHER_TITLE, OTHER)
    store(sites, replace(new(stored), of_own_site=False))
    make.run(sites, "UPDATE posts SET source_id = :id", id=source_id)
    make.run(sites, "UPDATE sources SET url = 'https://links.example/owner.xml' WHERE id = 2")
    assert store(sites, new(post(URL))) == ([], 1)
    assert make.rows(sites, "SELECT from_url, title FROM posts") == [(URL, OTHER_TITLE)]


def test_a_key_other_than_the_link_makes_no_place(sites):
    store(sites, new(post(WALK, LINKS_ID, OTHER_TITLE, OTHER), ("guid", "x")))
    assert store(sites, new(post(URL), ("guid", "x"))) == ([], 1)
    assert addresses(sites) == [WALK]


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ((OTHER_TITLE, OTHER), [(WALK, OTHER_TITLE, 1), (URL, TITLE, 2)]),
        ((TITLE, TEXT), [(URL, TITLE, 2)]),
    ],
)
def test_the_article_of_a_url_that_an_entry_was_about(sites, said, rows):
    store(sites, about(said[1], said[0]))
    store(sites, new(post(URL, published_ms=None)), seconds=60)
    assert make.rows(sites, "SELECT from_url, title, source_id FROM posts ORDER BY id") == rows


def test_posts_are_found_by_search_as_soon_as_they_are_stored(file):
    make.configured(file, "甲")
    make.store(file, make.new(1, like=make.post(1, title="渡轮停航")))
    assert make.rows(file, "SELECT rowid FROM posts_fts WHERE posts_fts MATCH '渡轮'") == [(1,)]


# Posts that are known, and what becomes of their keys


def test_a_post_is_known_by_its_address_alone(sites):
    store(sites, new(post(URL)))
    make.run(sites, "DELETE FROM identities")
    assert store(sites, new(post(URL, published_ms=None))) == ([], 1)


def test_posts_of_one_batch_are_compared_with_each_other(sites):
    others = [new(post(f"{URL}/{n}", title=f"Part {n}", published_ms=n)) for n in range(1, 4)]
    assert store(sites, *others) == ([1, 2, 3], 0)
    first = new(post(URL + "/a", title="A", published_ms=11))
    second = new(post(URL + "/b", title="B", published_ms=12), ("link", URL + "/b"), ("guid", "2:b"))
    by_guid = new(post(URL + "/c", title="B", published_ms=12), ("link", URL + "/c"), ("guid", "2:b"))
    by_address = new(post(URL + "/a", title="D", published_ms=13), ("guid", "2:d"))
    assert store(sites, first, second, by_guid, by_address) == ([4, 5], 2)
    assert keys(sites, 4) == [("guid", "2:d"), ("link", URL + "/a")]
    assert keys(sites, 5) == [("guid", "2:b"), ("link", URL + "/b"), ("link", URL + "/c")]


def test_the_keys_of_a_deleted_article_lead_to_nothing(sites):
    store(sites, new(post(URL)))
    make.run(sites, "DELETE FROM posts")
    make.run(sites, "UPDATE identities SET post_id = NULL")
    assert store(sites, new(post(URL), ("link", URL), ("guid", "2:1"))) == ([], 0)
    assert make.rows(sites, "SELECT key, post_id FROM identities ORDER BY key") == [("2:1", None), (URL, None)]


def test_an_imported_post_is_listed_by_no_source(sites):
    assert store(sites, new(post(URL, source_id=None))) == ([1], 0)
    assert make.value(sites, "SELECT count(*) FROM sightings") == 0


def test_what_was_stored_waits_no_more(sites):
    waiting = tuple(make.waiting(number) for number in (1, 2, 3))
    sites.write(writes.write, WriteBatch(OWNER_ID, make.NOW, waiting=waiting))
    ids = [row for (row,) in make.rows(sites, "SELECT id FROM inbox ORDER BY id")]
    store(sites, new(post(URL)))
    known = replace(new(post(URL)), waiting_id=ids[0])
    store(sites, known, replace(new(post(URL + "/2", published_ms=1)), waiting_id=ids[1]))
    assert make.rows(sites, "SELECT id FROM inbox") == [(ids[2],)]


def test_the_page_of_a_short_text_leads_to_another_article(sites):
    store(sites, new(post(URL)))
    short = new(post(URL + "/2", title=OTHER_TITLE, text="12"), ("link", URL + "/2"), ("final", URL))
    assert store(sites, short) == ([2], 0)


def test_commentary_is_known_by_the_keys_that_it_has_elsewhere(sites):
    store(sites, new(post(URL)))
    entry = replace(commentary(), keys=(("link", URL),), elsewhere=(WALK, (("link", WALK),)))
    assert store(sites, entry) == ([2], 0)
    make.run(sites, "UPDATE posts SET from_url = 'https://links.example/renamed' WHERE id = 2")
    assert store(sites, entry) == ([], 1)


def test_a_guid_of_a_listing_makes_no_place(sites):
    store(sites, new(post(URL, LINKS_ID, OTHER_TITLE, OTHER), ("guid", "x")))
    assert store(sites, new(post(URL + "/2"), ("guid", "x"))) == ([], 1)
    assert addresses(sites) == [URL]


def test_a_source_may_have_an_article_beside_what_it_wrote_about_it(sites):
    store(sites, about(OTHER, OTHER_TITLE))
    assert store(sites, new(post(URL, LINKS_ID, published_ms=None))) == ([2], 0)
    assert addresses(sites) == [WALK, URL]


def test_posts_of_a_date_or_a_clamped_one_are_found_by_index(file):
    date = "2026-11-22T17:00:00.000Z"
    plan = make.query_plan(
        file, lambda connection: posts_of_dates(connection, OWNER_ID, [date], [TITLE], ["/2026/bridge"])
    )
    steps = " ".join(plan)
    assert "ix_posts_date (date=?)" in steps
    assert "ix_posts_clamped" in steps
    assert "SCAN posts" not in steps
