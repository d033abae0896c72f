"""Several polls of a feed: every article is stored once."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.identity.decide import decide
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.keys import SHARED, SYNTHETIC_HASH_MARK, Key
from ingestd.model.feed import Enclosure, Entry
from ingestd.model.post import KnownPost
from ingestd.model.source import Source
from tests.bench import identity as identity_bench
from tests.bench import identity_sqlite
from tests.identity.make import OTHER_TEXT, SOURCE, TEXT, A, B, entry, stamp

OTHER = Source("another", "https://other.com/feed.xml", id=18)


class Memory:
    """The store as `decide` sees it, fed by its own decisions."""

    def __init__(self) -> None:
        self.posts: list[KnownPost] = []
        self.rows: dict[str, tuple[str, int, int]] = {}

    def known(self, source: Source) -> dict[str, KnownPost]:
        return {
            key: replace(
                self.posts[number],
                kind=kind,
                guids=tuple(k for k, row in self.rows.items() if row[0] == "guid" and row[1:] == (number, source.id)),
                hash_keys=self.hash_keys(number),
            )
            for key, (kind, number, _) in self.rows.items()
        }

    def poll(self, *entries: Entry, source: Source = SOURCE, listed=(), gone=()) -> list[str]:
        """What became of each entry: "new", "post N", or "repeated"."""
        document = key_entries(entries, source)
        known = {key: post for key, post in self.known(source).items() if key in document.keys}
        gone = [replace(self.posts[number], digest="before", hash_keys=self.hash_keys(number)) for number in gone]
        decisions = decide(document, source, known, listed=listed, gone=gone)
        said = [f"post {seen.post_id}" for seen in decisions.seen]
        for seen in decisions.seen:
            self._learn(seen.new_keys, seen.post_id, source)
        for fresh in decisions.fresh:
            number = len(self.posts)
            of = fresh.entry
            ms = round(of.published.utc.timestamp() * 1000) if of.published else None
            files = tuple(file.url for file in of.enclosures)
            self.posts.append(KnownPost(number, source.id, fresh.from_url, of.title, ms, of.summary, enclosures=files))
            assert fresh.keys, "an article without keys would be new at every poll"
            self._learn(fresh.keys, number, source)
            said.append("new")
        return said + ["repeated"] * decisions.repeated

    def _learn(self, keys: tuple[Key, ...], number: int, source: Source) -> None:
        for key in keys:
            if key.kind == SHARED and key.key in self.rows:
                self.rows[key.key] = (SHARED, *self.rows[key.key][1:])
                continue
            assert key.key not in self.rows, "a key leads to one post"
            self.rows[key.key] = (key.kind, number, source.id)

    def hash_keys(self, number: int) -> int:
        """How many hashes of what an entry says lead to a post."""
        return sum(SYNTHETIC_HASH_MARK in key and row[1] == number for key, row in self.rows.items())

    @property
    def urls(self) -> list[str]:
        return [post.from_url for post in self.posts]


_TOWNS = ("Bergen", "Turin", "Ghent")
_OF_THREE = [
    entry("Rain", f"{A}/1", "guid-1", text=f"Rain: {TEXT}"),
    entry("Snow", f"{A}/2", "guid-2", text=f"Snow: {TEXT}"),
]
_RENEWED = [replace(one, guid=f"new-{n}") for n, one in enumerate(_OF_THREE, 1)]

# name, first document, second document, what becomes of the second
STORIES = [
    (
        "slug in Chinese",
        [entry("暴雨", "https://x.com/暴雨-57234567", None, 1)],
        [entry("暴雨成灾", "https://x.com/暴雨-成灾-57234567", None, 1)],
        ["post 0"],
    ),
    ("the same again", [entry("T", A, "g1")], [entry("T", A, "g1")], ["post 0"]),
    ("a prefix of a known URL", [entry("T", B)], [entry("T", A)], ["new"]),
    ("tracking, scheme, fragment", [entry("T", A)], [entry("T", A.replace("s:", ":") + "?utm_source=x#y")], ["post 0"]),
    # guids
    ("guid flips its scheme", [entry("T", A, "http://x.com/1")], [entry("T", B, "https://x.com/1")], ["post 0"]),
    ("all guids change", [entry("T", A, "old-1")], [entry("T", A, "urn:new:1")], ["post 0"]),
    ("slug in the guid", [entry("Storm", A, "storm-2026", 1)], [entry("Storm kills", A, "storm-kills", 1)], ["post 0"]),
    (
        "title is all that is left of the guid",
        [entry("Old", A, "old-slug", 1, TEXT)],
        [entry("New", A, "new-slug", 2, TEXT)],
        ["post 0"],
    ),
    (
        "slug in link and guid",
        [entry("Storm", f"{A}/storm-1234567", "s1", 1)],
        [entry("Storm", f"{A}/big-storm-1234567", "s2", 1)],
        ["post 0"],
    ),
    ("a number without evidence", [entry("", f"{A}/storm-1234567")], [entry("", f"{A}/sun-1234567")], ["new"]),
    (
        "pages of one gallery",
        [entry("Photos", f"{A}/pics-1234567-1", None, 1)],
        [entry("Photos", f"{A}/pics-1234567-2", None, 1)],
        ["new"],
    ),
    (
        "the link moves",
        [entry("T", A, "tag:x,2026:1", 1)],
        [entry("T", "https://new.com/1", "tag:x,2026:1", 1)],
        ["post 0"],
    ),
    ("moved and retitled", [entry("Storm", A, "tag:x,2026:1", 1)], [entry("Sun", B, "tag:x,2026:1", 1)], ["post 0"]),
    (
        "guid used again",
        [entry("Storm", A, "the-guid", 1, TEXT)],
        [entry("Sun", B, "the-guid", 2, OTHER_TEXT)],
        ["new"],
    ),
    (
        "guid used again for the next of a series that says nearly the same",
        [entry("Morning brief", A, "daily-brief", 1, TEXT)],
        [entry("Evening news", B, "daily-brief", 2, TEXT)],
        ["new"],
    ),
    (
        "guid used again for the next number",
        [entry("Report 12", A, "the-report", None, TEXT)],
        [entry("Report 13", B, "the-report", None, TEXT)],
        ["new"],
    ),
    (
        "moved, retitled and undated, with its text",
        [entry("Storm", A, "the-guid", None, TEXT)],
        [entry("Sun", B, "the-guid", None, TEXT)],
        ["post 0"],
    ),
    (
        "guid is a place in the list",
        [entry("Storm", A, "1", 1)],
        [entry("Sun", B, "1", 2), entry("Storm", A, "2", 1)],
        ["post 0", "new"],
    ),
    (
        "guid is the recurring title",
        [entry("Daily news", A, "daily-news", 1)],
        [entry("Daily news", B, "daily-news", 2)],
        ["new"],
    ),
    (
        "guid of an article still listed",
        [entry("T", A, "guid-1", 1)],
        [entry("T", B, "guid-1", 1), entry("T", A, "guid-2", 1)],
        ["post 0", "new"],
    ),
    (
        "guid of a fragment",
        [entry("T", None, "http://x.com/#a1", 1)],
        [entry("U", None, "http://x.com/#a2", 2)],
        ["new"],
    ),
    # links
    ("recurring title, other link", [entry("新闻早报", A, None, 1)], [entry("新闻早报", B, None, 1)], ["new"]),
    (
        "one parameter",
        [entry("T", "https://x.com/?p=1", None, 1)],
        [entry("T", "https://x.com/?p=2", None, 1)],
        ["new"],
    ),
    ("retitled under its link", [entry("Storm", A, None, 1, TEXT)], [entry("Sun", A, None, 2, TEXT)], ["post 0"]),
    (
        "rewritten under its link",
        [entry("Storm", A, None, 1, TEXT)],
        [entry("Storm", A, None, 2, OTHER_TEXT)],
        ["post 0"],
    ),
    (
        "nothing in common but the link",
        [entry("Storm", A, None, 1, TEXT)],
        [entry("Sun", A, None, 1, OTHER_TEXT)],
        ["new"],
    ),
    (
        "nothing in common but link and guid",
        [entry("Storm", A, "g-1", 1, TEXT)],
        [entry("Sun", A, "g-1", 1, OTHER_TEXT)],
        ["new"],
    ),
    (
        "nothing in common but the guid",
        [entry("Storm", None, "g-1", 1, TEXT)],
        [entry("Sun", None, "g-1", 1, OTHER_TEXT)],
        ["new"],
    ),
    (
        "untitled, nothing in common but link and guid",
        [entry("", A, "g-1", 1, TEXT)],
        [entry("", A, "g-1", 1, OTHER_TEXT)],
        ["new"],
    ),
    (
        "retitled, with new paragraphs above the others",
        [entry("Storm", A, "g-1", 1, TEXT)],
        [entry("Sun", A, "g-1", 2, f"<p>{OTHER_TEXT * 40}</p><p>{TEXT}</p>")],
        ["post 0"],
    ),
    (
        "one more under one link and guid",
        [entry("Storm", A, "N/A", 1, TEXT)],
        [entry("Sun", A, "N/A", 2, OTHER_TEXT), entry("Storm", A, "N/A", 1, TEXT)],
        ["new", "post 0"],
    ),
    ("one link for a whole podcast", [entry("Part 1", A, "guid-1", 1)], [entry("Part 2", A, "guid-2", 2)], ["new"]),
    (
        "home page for a link",
        [entry("Storm", "https://x.com/", "guid-1", 1)],
        [entry("Sun", "https://x.com/", "guid-2", 2)],
        ["new"],
    ),
    (
        "home page, the same again",
        [entry("Storm", "https://x.com/", None, 1)],
        [entry("Storm", "https://x.com/", None, 1)],
        ["post 0"],
    ),
    ("no link, no guid", [entry("Storm", None, None, 1)], [entry("Storm", None, None, 1)], ["post 0"]),
    ("no link, no guid, next day", [entry("Storm", None, None, 1)], [entry("Storm", None, None, 2)], ["new"]),
    ("only text", [entry(text=TEXT)], [entry(text=TEXT), entry(text=OTHER_TEXT)], ["post 0", "new"]),
    (
        "only a guid",
        [entry("T", None, "12345")],
        [entry("U", None, "12345"), entry("T", None, "12346")],
        ["post 0", "new"],
    ),
    ("a guid that is a URL", [entry("T", None, A)], [entry("T", A, None)], ["post 0"]),
    ("a link gained", [entry("T", None, "g-123")], [entry("T", A, "g-123")], ["post 0"]),
    # link and guid of two articles
    (
        "all guids change, and one entry is wholly reworded",
        [*_OF_THREE, entry("Storm", f"{A}/3", "guid-3", text=TEXT)],
        [*_RENEWED, entry("Storm", f"{A}/3", "new-3", text=OTHER_TEXT)],
        ["post 0", "post 1", "post 2"],
    ),
    (
        "all guids change but one, and one entry is wholly reworded",
        [*_OF_THREE, entry("Storm", f"{A}/3", "guid-3", text=TEXT), entry("Sun", f"{A}/4", "guid-4", text=TEXT)],
        [*_RENEWED, entry("Storm", f"{A}/3", "new-3", text=OTHER_TEXT), entry("Sun", f"{A}/4", "guid-4", text=TEXT)],
        ["new", "post 0", "post 1", "post 3"],
    ),
    (
        "a new guid and another text under each link every day",
        [entry(f"In {town}", f"{A}/{town}", f"{town}-1", text=f"{town} {TEXT}") for town in _TOWNS],
        [entry(f"In {town}", f"{A}/{town}", f"{town}-2", text=f"{town} {OTHER_TEXT}") for town in _TOWNS],
        ["new"] * 3,
    ),
    (
        "guids change places",
        [entry("S", A, "guid-1", 1), entry("U", B, "guid-2", 2)],
        [entry("S", A, "guid-2", 1), entry("U", B, "guid-1", 2)],
        ["post 0", "post 1"],
    ),
]


@pytest.mark.parametrize(("first", "second", "outcome"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_two_polls(first, second, outcome):
    memory = Memory()
    assert set(memory.poll(*first)) == {"new"}
    assert sorted(memory.poll(*second)) == sorted(outcome)
    # And once decided, it stays decided.
    assert "new" not in memory.poll(*second)
    assert len(set(memory.urls)) == len(memory.urls)


DOCUMENTS = [
    ("one guid for all", [entry(f"T{n}", f"{A}/{n}", "x", n) for n in range(1, 5)], 4),
    ("one guid for all, one title, one day", [entry("Daily", f"{A}/{n}", "guid-x", 1) for n in range(4)], 4),
    ("one link for all", [entry(f"T{n}", A, f"guid-{n}", n) for n in range(1, 5)], 4),
    ("one link for all, no guids", [entry(f"Storm {n}", A, None, n) for n in range(1, 5)], 4),
    ("one link, recurring title", [entry("Maintenance", "https://x.com/", f"guid-{n}", 1) for n in range(4)], 4),
    ("one link and one guid for all", [entry(f"T{n}", A, "x", n) for n in range(1, 5)], 4),
    (
        "one link and one guid for all, at one time",
        [entry(f"Version {n}", A, "N/A", 1, f"Notes of version {n}.") for n in range(4)],
        4,
    ),
    (
        "one link and one guid for notes that say nearly the same at one time",
        [entry(f"Version {n}", A, "N/A", 1, f"{TEXT} Nothing else is new in version {n}.") for n in range(4)],
        4,
    ),
    (
        "one link and one guid for all, without titles",
        [entry("", A, "x", n, text) for n, text in ((1, TEXT), (2, OTHER_TEXT))],
        2,
    ),
    (
        "one link and one guid for all, without titles and dates",
        [entry("", A, "x", None, text) for text in (TEXT, OTHER_TEXT)],
        2,
    ),
    ("one link for all, no guids, at one time", [entry(f"Version {n}", A, None, 1, TEXT) for n in range(4)], 4),
    ("two versions under one link and guid", [entry("Storm", A, "x", 1, TEXT), entry("Storm", A, "x", 2, TEXT)], 1),
    (
        "two versions under one link and guid, retitled",
        [entry("Storm", A, "x", 1, TEXT), entry("Sun", A, "x", 1, "前言。" + TEXT)],
        1,
    ),
    ("one guid for all, no links", [entry(f"T{n}", None, "guid", n) for n in range(1, 5)], 4),
    ("listed twice", [entry("T", A, "g", 1, TEXT), entry("T", A + "#x", "g", 1, TEXT)], 1),
    ("listed twice under two guids", [entry("T", A, "guid-1", 1, TEXT), entry("T", A, "guid-2", 1, TEXT)], 1),
    ("two versions of one article", [entry("Storm", A, None, 1, TEXT), entry("Big storm", A, None, 1, TEXT)], 1),
    ("moved, old and new listed", [entry("T", A, "guid-1", 1, TEXT), entry("T", B, "guid-1", 1, TEXT)], 1),
    ("one boilerplate text", [entry(f"Part {n}", A, f"guid-{n}", n, TEXT) for n in range(1, 4)], 3),
    ("only files", [entry(enclosures=(Enclosure(f"https://x.com/{n}.mp3"),)) for n in range(3)], 3),
]


@pytest.mark.parametrize(("entries", "articles"), [d[1:] for d in DOCUMENTS], ids=[d[0] for d in DOCUMENTS])
def test_one_document(entries, articles):
    memory = Memory()
    assert memory.poll(*entries).count("new") == articles
    assert len(set(memory.urls)) == articles
    # However the document shrinks and grows afterwards, these are the articles.
    for part in (entries, entries[::-1], *([one] for one in entries), entries):
        assert "new" not in memory.poll(*part), part


def test_a_feed_that_is_polled_one_entry_at_a_time():
    memory = Memory()
    hours = [
        entry("Hourly news", A, f"hour-{n}", n, TEXT, enclosures=(Enclosure(f"https://x.com/{n}.mp3"),))
        for n in range(1, 5)
    ]
    assert [memory.poll(one, one) for one in hours] == [["new", "repeated"]] * 4
    assert memory.poll(*hours) == [f"post {n}" for n in range(4)]


def test_another_source_lists_the_same_article():
    memory = Memory()
    memory.poll(entry("Storm closes roads", A, "guid-1", 1))
    assert memory.poll(entry("Sturm", A + "?utm_source=x", "guid-9", 2), source=OTHER) == ["post 0"]
    # Its guids are its own: the same guid in another source says nothing.
    assert memory.poll(entry("Sun", B, "guid-1", 3), source=OTHER) == ["new"]


def test_another_source_links_to_the_same_home_page():
    memory = Memory()
    memory.poll(entry("Show: a tool for feeds", "https://tool.dev/", "guid-1", 1))
    assert memory.poll(entry("A tool for feeds", "http://tool.dev", "guid-9", 2), source=OTHER) == ["post 0"]
    assert memory.poll(entry("Version 7 is out", "https://tool.dev/", "guid-10", 3), source=OTHER) == ["new"]


SERIES = [entry(f"Version {n}", A, "N/A", 1, f"{TEXT} What is new in version {n}.") for n in range(4)]
NOTES = [entry("", A, "N/A", n, text) for n, text in ((1, TEXT), (2, OTHER_TEXT))]

EDITS = [
    ("another title", SERIES, 1, {"title": "Version 1 (corrected)"}),
    ("another text", SERIES, 1, {"summary": "What is new in version 1: everything."}),
    ("another text without titles", NOTES, 0, {"summary": TEXT + "此外没有更多消息。"}),
    ("another time", NOTES, 0, {"published": stamp(3)}),
]


@pytest.mark.parametrize(("entries", "which", "edit"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
@pytest.mark.parametrize("alone", [False, True])
def test_an_edit_of_one_of_several_under_one_link_and_guid(entries, which, edit, alone):
    memory = Memory()
    assert memory.poll(*entries) == ["new"] * len(entries)
    after = [replace(one, **edit) if number == which else one for number, one in enumerate(entries)]
    document = [after[which]] if alone else after[::-1]
    gone = range(len(entries)) if alone else [which]
    assert "new" not in memory.poll(*document, gone=gone)
    assert f"post {which}" in memory.poll(*document)
    assert "new" not in memory.poll(*document[::-1])


def test_the_next_of_several_under_one_link_and_guid_is_no_edit_of_the_one_that_leaves():
    memory = Memory()
    memory.poll(*SERIES[:3])
    assert memory.poll(*SERIES[1:], gone=[0]).count("new") == 1
    one = entry("Version 9", A, "N/A", 1, f"{TEXT} What is new in version 9.")
    assert memory.poll(one, gone=[1, 2, 3]) == ["new"]
    assert memory.poll(replace(one, title="Version 10"), gone=[4]) == ["new"]


def test_at_most_twenty_guids_of_a_post_are_kept():
    memory = Memory()
    for number in range(50):
        memory.poll(entry("Storm closes roads", A, f"session-{number}", 1))
    assert len(memory.posts) == 1
    assert sum(kind == "guid" for kind, _, _ in memory.rows.values()) == 20


def test_posts_of_unparsed_entries_count_as_listed():
    memory = Memory()
    memory.poll(entry("Storm", A, "guid-1", 1))
    moved = entry("Storm", B, "guid-1", 1)
    assert Memory.poll(memory, moved, listed=[0]) == ["new"]


def test_credentials_in_a_link_are_dropped():
    memory = Memory()
    assert memory.poll(entry("T", "https://me:secret@example.com/a?b=x@y", "g")) == ["new"]
    assert memory.urls == ["https://example.com/a?b=x@y"]
    assert memory.poll(entry("T", "https://example.com/a?b=x@y", "g")) == ["post 0"]


links = st.sampled_from([None, A, B, "https://x.com/", "https://x.com/r-1234567", "https://x.com/s-1234567"])


guids = st.sampled_from([None, "1", "guid-a", "guid-b", A, "http://example.com/a/101", "storm"])


titles = st.sampled_from(["", "Storm", "Sun and rain", "Part 1", "Part 2"])


somethings = st.builds(
    entry, titles, links, guids, st.sampled_from([None, 1, 2]), st.sampled_from(["", TEXT, OTHER_TEXT])
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.lists(somethings, max_size=5), max_size=4))
def test_every_entry_is_new_known_or_repeated(documents):
    memory = Memory()
    for document in documents:
        empty = sum(1 for one in document if replace(one, published=None) == Entry())
        assert len(memory.poll(*document)) + empty == len(document)
        assert len(set(memory.urls)) == len(memory.urls)
        # What was just listed is known when it is listed again, in whatever order.
        assert "new" not in memory.poll(*document)
        assert "new" not in memory.poll(*document[::-1])


@pytest.mark.slow
def test_every_feed_habit_without_duplicates_or_losses():
    result = identity_bench.run(40 * 30, per_site=30)
    assert result.sightings > 5000
    assert {name: counts for name, counts in result.by_habit.items() if counts != (0, 0)} == {}
    assert result.posts == result.articles == 40 * 30


@pytest.mark.filterwarnings("ignore:The Result.tuples:DeprecationWarning")
@pytest.mark.slow
def test_every_feed_habit_in_the_real_database(tmp_path):
    result = identity_sqlite.run(40 * 10, tmp_path, per_site=10)
    assert {name: counts for name, counts in result.by_habit.items() if counts != (0, 0)} == {}
    assert result.posts == result.articles == 40 * 10


@pytest.mark.parametrize("values", [("1760000000", "1760003600", "1760007200"), ("a1" * 16, "b2" * 16, "c3" * 16)])
@pytest.mark.parametrize("more", [{}, {"text": TEXT}, {"day": 3}])
def test_links_with_another_parameter_at_each_request_list_the_same_articles(values, more):
    memory = Memory()
    said = [
        memory.poll(
            *(entry(title, f"https://example.com/a?id={n}&t={value}", **more) for n, title in enumerate("甲乙"))
        )
        for value in values
    ]
    assert said == [["new", "new"], ["post 0", "post 1"], ["post 0", "post 1"]]
    # The links of later requests are not kept: each would be one more key.
    assert len(memory.rows) == 4


@pytest.mark.parametrize(
    "values", [("20260101", "20260102"), ("202601011200", "202601021200"), ("17", "18"), ("ab", "cd")]
)
def test_days_and_short_values_tell_articles_apart(values):
    memory = Memory()
    for value in values:
        said = memory.poll(*(entry(title, f"https://example.com/{title}?d={value}") for title in ("world", "local")))
        assert said == ["new", "new"]


def test_an_article_with_another_title_and_text_is_new_whatever_its_link_shares():
    memory = Memory()
    memory.poll(*(entry(f"Story {n}", f"https://example.com/{n}?t=1760000000", text=TEXT) for n in "ab"))
    assert memory.poll(
        entry("Another thing", "https://example.com/a?t=1760003600", text=OTHER_TEXT),
        entry("Story b", "https://example.com/b?t=1760003600", text=TEXT),
    ) == ["post 1", "new"]


def test_an_edit_under_a_link_with_another_parameter_is_known_by_its_guid():
    memory = Memory()
    memory.poll(*(entry(f"Story {n}", f"https://example.com/{n}?t=1760000000", n * 9, 3, TEXT) for n in "ab"))
    assert memory.poll(
        entry("Story a, continued", "https://example.com/a?t=1760003600", "a" * 9, 4, OTHER_TEXT),
        entry("Story b", "https://example.com/b?t=1760003600", "b" * 9, 3, TEXT),
    ) == ["post 0", "post 1"]


def test_one_link_alone_is_known_without_what_changed_in_a_document_of_several():
    memory = Memory()
    memory.poll(*(entry(f"Story {n}", f"https://example.com/{n}?t=1760000000") for n in "ab"))
    assert memory.poll(entry("Story b", "https://example.com/b?t=1760003600")) == ["post 1"]


def test_of_one_link_alone_nobody_can_tell_what_changes():
    memory = Memory()
    for value in ("1760000000", "1760003600"):
        assert memory.poll(entry("Daily", f"https://example.com/a?id={value}")) == ["new"]
