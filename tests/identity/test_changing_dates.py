"""Entries without keys of their own in feeds that write new dates at every request."""

import pytest

from ingestd.identity.article_index import MAX_HASHES_PER_POST
from ingestd.model.feed import Entry
from tests.identity.make import OTHER_TEXT, TEXT, A, entry
from tests.identity.test_polls import Memory

STORM, SUN, RAIN = ("Storm closes roads", TEXT), ("Sun over the valley", OTHER_TEXT), ("Rain", f"{TEXT} {OTHER_TEXT}")


def document(*articles: tuple[str, str], day: int, guid: str | None = None) -> list[Entry]:
    """The entries of a feed in which all have one link, one guid or none, and the date of the request."""
    return [entry(title, A, guid, day, text) for title, text in articles]


def poll_each_day(memory: Memory, *articles: tuple[str, str], days: range, guid: str | None = None) -> None:
    """Polls at which no entry is new; each was in the last document with another date."""
    numbers = [[post.title for post in memory.posts].index(title) for title, _ in articles]
    for day in days:
        assert "new" not in memory.poll(*document(*articles, day=day, guid=guid), gone=numbers)


@pytest.mark.parametrize("guid", [None, "N/A"])
def test_an_article_that_comes_back_later_is_known_by_title_and_text(guid):
    memory = Memory()
    memory.poll(*document(STORM, SUN, day=1, guid=guid))
    poll_each_day(memory, STORM, SUN, days=range(2, 4), guid=guid)
    assert memory.poll(*document(SUN, RAIN, day=4, guid=guid), gone=(0, 1)) == ["post 1", "new"]
    assert memory.poll(*document(RAIN, SUN, day=5, guid=guid), gone=(1, 2)) == ["post 2", "post 1"]
    assert memory.poll(*document(STORM, SUN, day=6, guid=guid), gone=(1, 2)) == ["post 0", "post 1"]


def test_many_polls_add_one_key_without_a_date():
    memory = Memory()
    memory.poll(*document(STORM, SUN, day=1))
    poll_each_day(memory, STORM, SUN, days=range(2, 31))
    assert [memory.hash_keys(number) for number in (0, 1)] == [2, 2]


def test_the_hashes_of_a_post_are_bounded():
    memory = Memory()
    title, text = STORM
    memory.poll(entry(title, None, None, 1, text))
    for day in range(2, 31):
        assert memory.poll(entry(title, None, None, day, text), gone=[0]) == ["post 0"]
    assert memory.hash_keys(0) == MAX_HASHES_PER_POST


def test_a_date_that_is_corrected_beside_others_says_nothing_of_the_feed():
    memory = Memory()
    rain = document(RAIN, day=3)
    memory.poll(*document(STORM, day=1), *document(SUN, day=2), *rain)
    assert "new" not in memory.poll(*document(STORM, day=4), *document(SUN, day=2), *rain, gone=(0,))
    # A week later another one has the same title and text.
    assert memory.poll(*document(STORM, day=11), *document(SUN, day=2), *rain) == ["post 1", "post 2", "new"]


def test_of_unchanged_entries_beside_it_a_changed_date_says_nothing_of_the_feed():
    memory = Memory()
    memory.poll(*document(STORM, day=1), *document(SUN, day=2), *document(RAIN, day=3))
    moved = [*document(STORM, day=4), *document(SUN, day=5)]
    assert "new" not in memory.poll(*moved, listed=[2], gone=(0, 1))
    assert memory.poll(*document(STORM, day=11), *document(SUN, day=12), listed=[2]) == ["new", "new"]


def test_two_entries_with_one_title_and_text_at_two_times_are_told_apart():
    memory = Memory()
    memory.poll(*document(STORM, SUN, day=1))
    poll_each_day(memory, STORM, SUN, days=range(2, 4))
    twice = [*document(STORM, day=4), *document(STORM, day=5), *document(SUN, day=5)]
    assert memory.poll(*twice).count("new") == 2


def test_titles_alone_are_known_where_all_entries_have_the_date_of_the_request():
    memory = Memory()
    titles = [("Storm closes roads", ""), ("Sun over the valley", "")]
    memory.poll(*document(*titles, day=1))
    poll_each_day(memory, *titles, days=range(2, 31))
    assert [memory.hash_keys(number) for number in (0, 1)] == [MAX_HASHES_PER_POST] * 2


def test_titles_alone_say_nothing_where_each_entry_has_a_date_of_its_own():
    memory = Memory()
    morning, evening = ("Morning brief", ""), ("Evening news", "")
    memory.poll(*document(morning, day=1), *document(evening, day=2))
    assert memory.poll(*document(morning, day=3), *document(evening, day=4), gone=(0, 1)) == ["new", "new"]
