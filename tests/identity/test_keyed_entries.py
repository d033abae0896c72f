"""The entries of a document with their keys: shared links, shared guids, texts of several articles."""

import pytest

from ingestd.identity.keyed_entries import KeyedEntries, key_entries
from tests.identity.make import OTHER_TEXT, SOURCE, TEXT, A, B, entry

HOME = "https://x.com/"


def shared(*entries) -> list[tuple[bool, bool]]:
    """Of each entry, whether several articles of the document have its link, and whether they have its guid."""
    return [(item.link_shared, item.guid_shared) for item in key_entries(entries, SOURCE).items]


SHARED = [
    ("neither link nor guid", [entry("Storm", text=TEXT), entry("Sun", text=OTHER_TEXT)], [(False, False)] * 2),
    ("one link, one guid", [entry("Storm", A, "guid-1", 1), entry("Sun", A, "guid-1", 2)], [(True, True)] * 2),
    (
        "one link, one guid, same title on two days",
        [entry("Storm", A, "guid-1", 1), entry("Storm", A, "guid-1", 2)],
        [(False, False)] * 2,
    ),
    ("one link, no guids", [entry("Storm", A, None, 1), entry("Sun", A, None, 2)], [(True, False)] * 2),
    (
        "one link, two guids, same title",
        [entry("Storm", A, "guid-1"), entry("Storm", A, "guid-2")],
        [(False, False)] * 2,
    ),
    (
        "one link, two guids, same title on another day",
        [entry("Storm", A, "guid-1", 1), entry("Storm", A, "guid-2", 2)],
        [(True, False)] * 2,
    ),
    (
        "one link, two listings of one article and another article",
        [entry("Storm", A, "guid-1", 1), entry("Storm", A, "guid-2", 1), entry("Rain", A, "guid-3", 2)],
        [(True, False)] * 3,
    ),
    (
        "one home page, same title and day without a text",
        [entry("Storm", HOME, "guid-1", 1), entry("Storm", HOME, "guid-2", 1)],
        [(True, False)] * 2,
    ),
    (
        "one home page, copies",
        [entry("Storm", HOME, "guid-1", 1, TEXT), entry("Storm", HOME, "guid-2", 1, TEXT)],
        [(False, False)] * 2,
    ),
    (
        "one home page, two copies and another article",
        [
            entry("Storm", HOME, "guid-1", 1, TEXT),
            entry("Storm", HOME, "guid-2", 1, TEXT),
            entry("Rain", HOME, "guid-3", 2, TEXT[:40]),
        ],
        [(True, False)] * 3,
    ),
    (
        "one guid, two copies and another article",
        [
            entry("Storm", A, "guid-1", 1, TEXT),
            entry("Storm", B, "guid-1", 1, TEXT),
            entry("Rain", HOME + "a/3", "guid-1", 2, TEXT[:40]),
        ],
        [(False, True)] * 3,
    ),
    (
        "one guid, two links, one of them twice",
        [entry("Storm", A, "guid-1", 1), entry("Sun", A, "guid-1", 2), entry("Rain", B, "guid-1", 3)],
        [(True, True), (True, True), (False, True)],
    ),
    (
        "one guid, the whole text and its two halves",
        [
            entry("Storm", A, "guid-1", 1, TEXT),
            entry("Storm", B, "guid-1", 1, OTHER_TEXT),
            entry("Storm", HOME + "a/3", "guid-1", 1, TEXT + OTHER_TEXT),
        ],
        [(False, False)] * 3,
    ),
    (
        "one guid, one text without a date and on two days",
        [
            entry("Storm", A, "guid-1", None, TEXT),
            entry("Storm", B, "guid-1", 1, TEXT),
            entry("Storm", HOME + "a/3", "guid-1", 2, TEXT),
        ],
        [(False, True)] * 3,
    ),
]


@pytest.mark.parametrize(("entries", "flags"), [row[1:] for row in SHARED], ids=[row[0] for row in SHARED])
def test_keys_that_several_articles_of_a_document_have(entries, flags):
    assert shared(*entries) == flags
    assert shared(*entries[::-1]) == flags[::-1]


@pytest.mark.parametrize(
    ("of", "trusted"),
    [
        (entry("Storm", A, "1234"), True),
        (entry("Storm", A, "123"), False),
        (entry("Storm", A, " 123 "), False),
        (entry("Storm", A, "storm"), False),
        (entry("Storm", A), False),
        (entry("Storm"), False),
        (entry("Storm", None, "1"), True),
        (entry("Storm", None, "storm"), True),
    ],
)
def test_a_short_guid_or_the_title_as_guid_is_unreliable_beside_a_link(of, trusted):
    assert [item.has_reliable_guid for item in key_entries([of], SOURCE).items] == [trusted]


def test_a_text_under_several_titles_is_not_compared():
    document = key_entries(
        [entry("Storm", A, text=TEXT), entry("storm!", B, text=TEXT), entry("Rain", HOME, text=OTHER_TEXT)], SOURCE
    )
    assert [document.features(item).text for item in document.items] == [TEXT, TEXT, OTHER_TEXT]
    document = key_entries([entry("Storm", A, text=TEXT), entry("Rain", B, text=TEXT)], SOURCE)
    assert [document.features(item).text for item in document.items] == ["", ""]
    assert [document.features(item).title for item in document.items] == ["Storm", "Rain"]


def test_a_document_without_entries():
    assert key_entries([], SOURCE) == KeyedEntries(())
    assert KeyedEntries(()).empty == 0
