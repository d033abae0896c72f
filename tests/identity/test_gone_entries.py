"""An entry without keys of its own that says nearly what an entry said that has left the document: an edit of it."""

from dataclasses import replace

import pytest

from ingestd.identity.decide import decide as decide_keyed
from ingestd.identity.keyed_entries import key_entries
from ingestd.model.post import KnownPost
from tests.identity.make import OTHER_TEXT, SOURCE, TEXT, A, entry, post

FEED, HOME = SOURCE.url, "https://x.com/"
TITLE = "Storm closes roads"
BY_HASH = "#guid=sha256:00"
GONE = post(5, TITLE, 1, TEXT, from_url=FEED + BY_HASH)
EDITED = "5: an entry of the last document has changed"


def decided(entries, known=None, gone=(GONE,)) -> list[str]:
    """What became of each entry: "5: why" for an entry of a known post, else "new"."""
    numbered = [replace(one, digest=str(number)) for number, one in enumerate(entries)]
    decisions = decide_keyed(key_entries(numbered, SOURCE), SOURCE, known or {}, gone=gone)
    seen = {one.entry.digest: f"{one.post_id}: {one.reason}" for one in decisions.seen}
    assert len(decisions.fresh) + len(seen) == len(entries)
    return [seen.get(str(number), "new") for number in range(len(entries))]


@pytest.mark.parametrize(
    ("one", "is_edit"),
    [
        # title, published time, text: two must be the same, and the text no other
        (entry(TITLE, None, None, 1, TEXT), True),
        (entry(TITLE + "!", None, None, 2, TEXT + "续"), True),
        (entry(TITLE, None, None, 1, ""), True),
        (entry("Sun", None, None, 1, TEXT), True),
        (entry("", None, None, 1, TEXT), True),
        (entry(TITLE, None, None, 2, ""), False),
        (entry(TITLE, None, None, None, ""), False),
        (entry("Sun", None, None, 2, TEXT), False),
        (entry("", None, None, 2, TEXT), False),
        (entry(TITLE, None, None, 1, OTHER_TEXT), False),
        (entry(TITLE, None, None, 2, OTHER_TEXT), False),
        (entry("Storm 2 closes roads", None, None, 1, TEXT), False),
        # a guid or a link of its own makes it another article
        (entry(TITLE, None, "guid-5", 1, TEXT), False),
        (entry(TITLE, A, None, 1, TEXT), False),
        (entry(TITLE, A, "1", 1, TEXT), False),
    ],
)
def test_two_of_title_time_and_text_are_the_same(one, is_edit):
    assert decided([one]) == [EDITED if is_edit else "new"]


@pytest.mark.parametrize(
    ("one", "from_url", "known", "said"),
    [
        (entry(TITLE, None, None, 2, TEXT), HOME + BY_HASH, {}, "new"),
        (entry(TITLE, A, None, 2, TEXT), A, {}, "new"),
        # The link is another article's.
        (entry(TITLE, A, None, 2, TEXT), A + BY_HASH, {A: post(6, "Sun", 9, OTHER_TEXT)}, EDITED),
        (
            entry(TITLE, A, None, 2, TEXT),
            "http://example.com/a/101?utm_source=x",
            {A: post(6, "Sun", 9, OTHER_TEXT)},
            EDITED,
        ),
        (entry(TITLE, A, None, 2, TEXT), A + "2" + BY_HASH, {A: post(6, "Sun", 9, OTHER_TEXT)}, "new"),
        (entry(TITLE, HOME, None, 2, TEXT), HOME + BY_HASH, {HOME: post(6, "Sun", 9, kind="shared")}, EDITED),
        # The guid is another article's.
        (
            *(entry(TITLE, HOME, "guid-6", 2, TEXT), HOME + BY_HASH),
            *({HOME: post(6, "Sun", 9, kind="shared"), "17:guid-6": post(6, "Sun", 9, OTHER_TEXT)}, EDITED),
        ),
        (
            *(entry(TITLE, HOME, "guid-6", 2, TEXT), HOME + BY_HASH),
            *({HOME: post(6, "Sun", 9, kind="shared")}, "new"),
        ),
        # Its own article is known by its link or guid: it is listed, and edits nothing.
        (entry(TITLE, A, None, 2, TEXT), A + BY_HASH, {A: post(6, TITLE, 9, TEXT)}, "6: the link is known"),
    ],
)
def test_link_and_guid_are_those_of_other_articles(one, from_url, known, said):
    assert decided([one], known, [replace(GONE, from_url=from_url)]) == [said]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry(TITLE, None, None, 2, TEXT), entry(TITLE, None, None, 3, OTHER_TEXT)),
        (entry("Sun", None, None, 1, TEXT), entry("Rain", None, None, 1, OTHER_TEXT)),
    ],
)
def test_a_title_or_a_time_that_two_entries_have_says_nothing(one, other):
    assert decided([one]) == [EDITED]
    assert decided([one, other]) == decided([other, one]) == ["new", "new"]


def test_entries_that_share_a_link_are_told_apart_by_what_they_say():
    entries = [entry(TITLE, HOME, None, 2, TEXT), entry("Sun", HOME, None, 3, OTHER_TEXT)]
    assert decided(entries, gone=[replace(GONE, from_url=HOME + BY_HASH)]) == [EDITED, "new"]


def test_a_post_is_edited_by_one_entry():
    entries = [entry(TITLE, None, None, 2, TEXT), entry("Sun", None, None, 1, TEXT + "续")]
    assert decided(entries) == [EDITED, "new"]
    assert decided(entries[::-1]) == [EDITED, "new"]


def test_each_entry_edits_the_post_that_it_resembles():
    other = post(6, "Sun over the valley", 7, OTHER_TEXT, from_url=FEED + BY_HASH)
    entries = [entry("Sun over the valley", None, None, 8, OTHER_TEXT), entry(TITLE, None, None, 2, TEXT)]
    assert decided(entries, gone=[GONE, other]) == [EDITED.replace("5", "6"), EDITED]


def test_a_post_that_another_entry_lists_by_title_and_time_is_not_edited():
    listed = entry(TITLE, None, None, 1, TEXT)
    edit = entry(TITLE + " again", None, None, 2, TEXT + "续")
    [item] = key_entries([listed], SOURCE).items
    known: dict[str, KnownPost] = {item.keys.synthetic_by_hash: GONE}
    for entries, said in ([edit, listed], ["new", "5: its own URL is known"]), ([edit], [EDITED]):
        assert decided(entries, known if listed in entries else {}) == said


def test_without_gone_entries_nothing_is_edited():
    assert decided([entry(TITLE, None, None, 1, TEXT)], gone=()) == ["new"]
