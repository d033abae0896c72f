"""The articles of a document by their keys: whether a source has renewed all its guids, and posts by their text."""

from dataclasses import replace

import pytest

from ingestd.identity.article_index import ArticleIndex
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.keys import SHARED
from ingestd.model.feed import Entry
from ingestd.model.post import KnownPost
from tests.identity.make import OTHER_TEXT, SOURCE, TEXT, entry, post


def link(number: int) -> str:
    return f"https://example.com/news/{number}"


def listed_again(number: int, guid: str | None = "new", *, text: str = TEXT) -> Entry:
    """The entry of an article that was stored with another guid."""
    return entry(f"Headline {number}", link(number), guid and f"{guid}-{number}", number, f"{text} {number}")


def stored(number: int, *, guids: tuple[str, ...] = ("guid:old",)) -> KnownPost:
    return post(number, f"Headline {number}", number, f"{TEXT} {number}", guids=guids)


def index(entries: list[Entry], posts: dict[int, KnownPost], *, guid: int | None = None) -> ArticleIndex:
    """The index of a document, where each post is known by its link, and one by the guid of its entry too."""
    keyed = key_entries(entries, SOURCE)
    links = {item.entry.link: item.keys.link for item in keyed.items}
    known = {str(links[link(number)]): one for number, one in posts.items()}
    if guid is not None:
        known[str(keyed.items[guid].keys.guid)] = post(90)
    return ArticleIndex(keyed, SOURCE, known, ())


AGAIN = [listed_again(1), listed_again(2)]
POSTS = {1: stored(1), 2: stored(2)}
EDITED = {number: replace(stored(number), title="Another headline", text=OTHER_TEXT) for number in (3, 4, 5)}


@pytest.mark.parametrize(
    ("entries", "posts"),
    [
        (AGAIN, POSTS),
        ([*AGAIN, listed_again(3)], POSTS),
        ([*AGAIN, listed_again(3)], POSTS | {3: EDITED[3]}),
        ([*AGAIN, entry("Without a link", None, "new-9")], POSTS),
        ([*AGAIN, listed_again(3, None), listed_again(4, None)], POSTS | {3: EDITED[3], 4: EDITED[4]}),
        ([*AGAIN, listed_again(3), listed_again(4)], POSTS | {3: replace(EDITED[3], guids=())}),
    ],
    ids=["all", "one is new", "one is edited", "one has no link", "two have no guid", "one had no guid"],
)
def test_guids_are_renewed_where_most_articles_are_otherwise_as_before(entries, posts):
    assert index(entries, posts).guids_renewed is True


@pytest.mark.parametrize(
    ("entries", "posts"),
    [
        ([], {}),
        (AGAIN[:1], {1: stored(1)}),
        ([*AGAIN, listed_again(3), listed_again(4)], POSTS | {3: EDITED[3], 4: EDITED[4]}),
        (AGAIN, {1: stored(1), 2: stored(2, guids=())}),
        ([listed_again(1, None), listed_again(2, None)], POSTS),
        ([listed_again(3), listed_again(4), listed_again(5)], EDITED),
        ([entry(f"Headline {n}", link(1), f"new-{n}", n, f"{TEXT} {n}") for n in (1, 2)], {1: stored(1)}),
    ],
    ids=["none", "one", "half is edited", "one had no guid", "no guids", "all are edited", "one link"],
)
def test_guids_are_not_renewed_where_too_few_articles_tell(entries, posts):
    assert index(entries, posts).guids_renewed is False


@pytest.mark.parametrize("guid", [0, 1])
def test_guids_are_not_renewed_where_one_is_known(guid):
    assert index(AGAIN, POSTS, guid=guid).guids_renewed is False


def test_the_known_guid_of_an_article_that_is_new_here_tells_nothing():
    assert index([*AGAIN, listed_again(3)], POSTS, guid=2).guids_renewed is True


def test_a_link_that_several_articles_had_before_tells_nothing():
    shared = POSTS | {2: replace(stored(2), kind=SHARED)}
    assert index(AGAIN, shared).guids_renewed is False


def by_text(entries: list[Entry], *, listed: tuple[int, ...] = ()) -> KnownPost | None:
    """The post that the first entry finds by its title and text, where one with the id 7 is known by them."""
    keyed = key_entries(entries, SOURCE)
    known = {str(keyed.items[0].keys.synthetic_by_text): post(7)}
    return ArticleIndex(keyed, SOURCE, known, listed).known_by_text(keyed.items[0])


def test_a_post_is_found_by_title_and_text_once():
    first, other = entry("Weather", None, None, 1, TEXT), entry("Weather", None, None, 2, TEXT)
    found = by_text([first])
    assert found is not None and found.post_id == 7
    assert by_text([first, entry("Sport", None, None, 2, OTHER_TEXT)]) == found
    # The same entry twice is one; two with different dates may be two articles.
    assert by_text([first, first]) == found
    assert by_text([first, other]) is None
    assert by_text([first], listed=(8,)) == found
    assert by_text([first], listed=(7,)) is None
