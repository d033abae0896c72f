"""Pages of sources, and what is found by a part of a name or of a host."""

import pytest

from ingestd.store.source_pages import enabled_sources, names_of, source_page
from tests.store import make


@pytest.fixture
def many(database):
    """Sources 1 to 5; the second is not polled."""
    make.configured(database, "Ärger", "Berlin", "Москва", "Delhi", "berliner")
    make.run(database, "UPDATE sources SET host = 'news.delhi.example' WHERE id = 3")
    make.run(database, "UPDATE sources SET enabled = 0 WHERE id = 2")
    return database


@pytest.mark.parametrize(
    ("text", "with_hosts", "expected"),
    [
        ("BERLIN", True, [5, 2]),
        ("москва", True, [3]),
        ("ärg", True, [1]),
        ("delhi", True, [4, 3]),
        ("delhi", False, [4]),
        ("%", True, []),
    ],
)
def test_names_and_hosts_are_found_by_a_part(many, text, with_hosts, expected):
    found = many.read(source_page, limit=9, offset=0, text=text, with_hosts=with_hosts)
    assert (sorted(found.ids), found.count) == (sorted(expected), len(expected))
    second = many.read(source_page, limit=1, offset=1, text=text, with_hosts=with_hosts)
    assert (second.ids, second.count) == (found.ids[1:], len(expected))


def test_pages_have_every_source_once(many):
    pages = [many.read(source_page, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [len(page.ids) for page in pages] == [2, 2, 1, 0]
    assert {page.count for page in pages} == {5}
    assert [*pages[0].ids, *pages[1].ids, *pages[2].ids][-1] == 2, "what is not polled comes last"
    assert sorted([*pages[0].ids, *pages[1].ids, *pages[2].ids]) == [1, 2, 3, 4, 5]


def test_names_and_numbers(many):
    assert many.read(names_of, [3, 1, 77]) == {1: "Ärger", 3: "Москва"}
    assert many.read(names_of, []) == {}
    assert many.read(enabled_sources) == (4, 5)
