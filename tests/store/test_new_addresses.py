"""An article that its site has moved and edited at once: one post, with the edit."""

from typing import Any

import pytest

from ingestd.identity.moved import path_of
from ingestd.model.article import BodyOrigin
from ingestd.model.poll import WriteBatch
from ingestd.store import sources, writes
from ingestd.store.identities import posts_of_dates
from ingestd.text.content_digest import content_digest
from ingestd.text.times import utc_text
from tests.store import make

OLD, NEW = "https://owner.example/2026/bridge", "https://owner.example/town/bridge"
OTHER_HOST = "https://new.example/2026/bridge"
TITLE, NEW_TITLE = "Bridge over the Lune reopens", "Bridge over the Lune reopens at last"
TEXT = "After three years of work the mayor cut the ribbon, and the first bus crossed the river at noon on Saturday."
CUT = f"Now: {TEXT[30:]}"
EDITED = f"{TEXT} The second one broke down."
OTHER = "My commute has been a detour through two villages since the flood, so this piece of local news made my week."
Said = dict[str, Any]
FEED, PAGE, SUMMARY = BodyOrigin.FEED, BodyOrigin.PAGE, BodyOrigin.SUMMARY


@pytest.fixture
def site(database):
    """One source, which is its number 1."""
    database.write(sources.sync, [make.source("owner", "https://owner.example/feed.xml")], make.NOW)
    return database


def after_a_move(database, old: Said, new: Said, *, url: str = NEW, words: str = "f") -> list[tuple[Any, ...]]:
    """Title, text, revision and origin of each post, of which the site has moved and edited the first.

    `words` is the digest of what its entry says under the new address; it was `e` under the old one.
    """
    for number, (address, said, digest) in enumerate(((OLD, old, "e"), (url, new, words))):
        values = {"title": TITLE, "text": TEXT, "body_origin": FEED} | said
        post = make.post(
            1, from_url=address, content=f"<p>{values['text']}</p>", published_ms=1_618_759_080_000, **values
        )
        moment = make.later(600 * number)
        read = post.body_origin is PAGE
        record = make.new(
            1,
            ("link", address),
            like=post,
            entry_digest=digest,
            content_digest=content_digest(post.title, post.text),
            page_digest=content_digest(post.title, post.text) if read else None,
            visit=("revisit", make.later(9000), 1) if read else None,
            seen_at=moment,
        )
        make.store(database, record, source_id=post.source_id or 0, at=moment)
    return make.rows(database, "SELECT title, text, revision, body_origin FROM posts ORDER BY id")


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ({}, {"text": EDITED}, (TITLE, EDITED, 2, "feed")),
        ({"body_origin": PAGE}, {"body_origin": PAGE, "text": EDITED}, (TITLE, EDITED, 2, "page")),
        ({"body_origin": SUMMARY}, {"body_origin": SUMMARY, "text": EDITED}, (TITLE, EDITED, 2, "summary")),
        (
            {"body_origin": SUMMARY},
            {"body_origin": PAGE, "text": f"Now: {TEXT[30:]}"},
            (TITLE, f"Now: {TEXT[30:]}", 2, "page"),
        ),
        # The text of which there was a part only is no edit.
        ({"body_origin": SUMMARY, "text": f"{TEXT[:60]} …"}, {"body_origin": PAGE}, (TITLE, TEXT, 1, "page")),
        ({"body_origin": SUMMARY, "text": f"{TEXT[:60]} …"}, {}, (TITLE, TEXT, 1, "feed")),
        ({}, {"body_origin": PAGE, "text": EDITED}, (TITLE, EDITED, 2, "page")),
        # The page is not what the new address gave: its text stays, and so does a whole text of the feed.
        ({"body_origin": PAGE}, {"text": EDITED}, (TITLE, TEXT, 1, "page")),
        ({}, {"body_origin": SUMMARY, "text": EDITED}, (TITLE, TEXT, 1, "feed")),
    ],
)
def test_the_text_of_the_new_address_is_an_edit(site, old, new, kept):
    assert after_a_move(site, old, new) == [kept]
    reasons = make.rows(site, "SELECT reason, title FROM revisions")
    assert reasons == [("entry", TITLE)] * (kept[2] - 1)


def test_the_same_words_are_no_edit(site):
    assert after_a_move(site, {}, {"text": EDITED}, words="e") == [(TITLE, TEXT, 1, "feed")]


@pytest.mark.parametrize("text", [EDITED, OTHER])
def test_another_title_at_the_same_path_of_a_new_host_is_an_edit(site, text):
    rows = after_a_move(site, {}, {"title": NEW_TITLE, "text": text}, url=OTHER_HOST)
    assert rows == [(NEW_TITLE, text, 2, "feed")]


def test_a_title_follows_where_the_new_address_gives_no_text(site):
    rows = after_a_move(site, {"body_origin": PAGE}, {"title": NEW_TITLE, "text": ""}, url=OTHER_HOST)
    assert rows == [(NEW_TITLE, TEXT, 2, "page")]


def test_what_another_source_says_of_a_moved_article_is_no_edit(site):
    both = [make.source(name, f"https://{name}.example/feed.xml") for name in ("owner", "planet")]
    site.write(sources.sync, both, make.NOW)
    after_a_move(site, {}, {}, url=OLD, words="e")
    site.write(writes.write, WriteBatch(2, make.NOW, sightings=(1,)))
    said = {"source_id": 2, "body_origin": PAGE, "text": EDITED}
    assert after_a_move(site, {}, said) == [(TITLE, TEXT, 1, "feed")]


def test_a_page_with_the_edit_is_not_asked_for_again_at_once(site):
    after_a_move(site, {"body_origin": PAGE}, {"body_origin": PAGE, "text": EDITED})
    assert make.value(site, "SELECT due_at FROM visits") == utc_text(make.later(9000))


@pytest.mark.parametrize("address", ["https://a.example/b/c?d=1", "http://a.example/", "https://a.example/ü#guid=1"])
def test_the_path_is_the_same_in_sql(site, address):
    date = make.later(-60)
    make.store(site, make.new(1, like=make.post(1, from_url=address, date=date)))

    def listed(connection):
        return posts_of_dates(connection, 1, [utc_text(date)], [], [path_of(address)])

    assert [found.post.from_url for found in site.read(listed)] == [address]
