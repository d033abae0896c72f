"""The inbox: entries that wait for their page are read back as they were, in order, each once."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.feed import Category, Enclosure, Entry, Timestamp, ZoneOrigin
from ingestd.model.poll import WriteBatch
from ingestd.store.inbox import add_to_inbox, entry_text, read_inbox, remove_from_inbox, text_entry
from ingestd.store.writes import write
from tests.store import make

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
OPTIONAL = st.none() | TEXTS
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 - the zone follows
STAMPS = st.none() | st.builds(Timestamp, TEXTS, MOMENTS, st.sampled_from(ZoneOrigin))
ENTRIES = st.builds(
    Entry,
    title=TEXTS,
    link=OPTIONAL,
    guid=OPTIONAL,
    authors=st.lists(TEXTS, max_size=3).map(tuple),
    summary=TEXTS,
    content=TEXTS,
    published=STAMPS,
    updated=STAMPS,
    categories=st.lists(st.builds(Category, TEXTS, OPTIONAL), max_size=3).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, TEXTS, OPTIONAL, st.none() | st.integers(0, 10**15)), max_size=3).map(
        tuple
    ),
    language=OPTIONAL,
    base_url=OPTIONAL,
    digest=TEXTS,
    unread_dates=st.lists(TEXTS, max_size=2).map(tuple),
    other_links=st.lists(TEXTS, max_size=2).map(tuple),
)


@given(ENTRIES)
def test_the_json_of_an_entry_has_its_fields_in_their_order(entry):
    def moment(value):
        return value.isoformat() if isinstance(value, datetime) else str(value)

    assert entry_text(entry) == json.dumps(asdict(entry), ensure_ascii=False, default=moment)


@pytest.mark.slow
@given(ENTRIES)
def test_an_entry_is_read_back_as_it_was(entry):
    assert text_entry(entry_text(entry)) == entry


def test_rows_of_other_versions_are_read():
    """Earlier versions had categories as terms alone; later ones may have fields that this one does not know."""
    row = {
        "title": "T",
        "categories": ["a", {"term": "b", "scheme": "s"}],
        "mood": "unknown",
        "enclosures": [{"url": "u"}],
    }
    assert text_entry(json.dumps(row)) == Entry(
        title="T", categories=(Category("a"), Category("b", "s")), enclosures=(Enclosure("u"),)
    )
    assert text_entry("{}") == Entry()


def titles(database, source_id=1):
    return [item.entry.title for item in database.read(read_inbox, source_id)]


@pytest.fixture(autouse=True)
def _two_sources(request):
    if "database" in request.fixturenames:
        make.configured(request.getfixturevalue("database"), "联合早报", "端传媒")


def test_entries_come_in_the_order_of_their_arrival(database):
    database.write(add_to_inbox, 1, [make.waiting(3), make.waiting(1)])
    database.write(add_to_inbox, 1, [make.waiting(2)])
    assert titles(database) == ["标题 3", "标题 1", "标题 2"]
    found = database.read(read_inbox, 1)
    assert [item.id for item in found] == sorted(item.id for item in found)
    assert found[0].received_at == make.NOW
    assert found[0].keys == (make.link(3),)
    assert found[0].from_url == found[0].key == make.link(3)[1]


def test_an_entry_that_waits_already_keeps_its_place_and_gets_the_present_text(database):
    database.write(add_to_inbox, 1, [make.waiting(1), make.waiting(2)])
    first = database.read(read_inbox, 1)[0].id
    database.write(add_to_inbox, 1, [make.waiting(1, title="改")])
    assert titles(database) == ["改", "标题 2"]
    assert database.read(read_inbox, 1)[0].id == first


def test_sources_have_inboxes_of_their_own(database):
    database.write(add_to_inbox, 1, [make.waiting(1)])
    database.write(add_to_inbox, 2, [make.waiting(1, title="另")])
    assert (titles(database, 1), titles(database, 2), titles(database, 3)) == (["标题 1"], ["另"], [])


def test_rows_are_removed_by_their_number(database):
    database.write(add_to_inbox, 1, [make.waiting(n) for n in range(1, 5)])
    rows = [item.id for item in database.read(read_inbox, 1)]
    database.write(remove_from_inbox, [rows[0], rows[2], 999_999])
    assert titles(database) == ["标题 2", "标题 4"]
    database.write(remove_from_inbox, [])
    assert titles(database) == ["标题 2", "标题 4"]


def test_a_stored_post_leaves_the_inbox_in_the_same_transaction(database):
    database.write(write, WriteBatch(1, make.NOW, waiting=(make.waiting(1), make.waiting(2))))
    row = database.read(read_inbox, 1)[0].id
    make.store(database, make.new(1, waiting_id=row))
    assert titles(database) == ["标题 2"]


@pytest.mark.parametrize("text", ["“引号” 'x' %s ? :name \\ \n\t", "\x00"[:0], "😀 \u2028 \u202e", "x" * 100_000])
def test_any_text_is_kept(database, text):
    database.write(add_to_inbox, 1, [make.waiting(1, title=text, content=text)])
    (item,) = database.read(read_inbox, 1)
    assert (item.entry.title, item.entry.content) == (text, text)
