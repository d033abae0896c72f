"""Identity: no article twice, none lost, two never merged."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd import identity
from ingestd.identity import Key, KnownKey, entry_keys, explain, key_entries, page_keys, same_article
from ingestd.identity.keys import candidate_keys, synthetic_url
from ingestd.identity.urls import normalise
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.feed import Enclosure, Entry
from ingestd.model.http import Response
from ingestd.model.post import KnownPost, Post
from ingestd.model.source import Source
from ingestd.poll.build_post import build_post
from tests.bench import identity as identity_bench
from tests.bench import identity_sqlite
from tests.identity.make import NOW, OTHER_TEXT, SOURCE, TEXT, A, B, entry, milliseconds, post

OTHER = Source("another", "https://other.com/feed.xml", id=18)


def decide(entries, source, known, *, listed=()) -> identity.Decisions:
    return identity.decide(key_entries(entries, source), source, known, listed=listed)


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
            )
            for key, (kind, number, _) in self.rows.items()
        }

    def poll(self, *entries: Entry, source: Source = SOURCE, listed=()) -> list[str]:
        """What became of each entry: "new", "post N", or "repeated"."""
        document = key_entries(entries, source)
        known = {key: post for key, post in self.known(source).items() if key in document.keys}
        decisions = identity.decide(document, source, known, listed=listed)
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
            assert key.key not in self.rows, "a key leads to one post"
            self.rows[key.key] = (key.kind, number, source.id)

    @property
    def urls(self) -> list[str]:
        return [post.from_url for post in self.posts]


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
    ("edited under its link", [entry("Storm", A, None, 1, TEXT)], [entry("Sun", A, None, 2, OTHER_TEXT)], ["post 0"]),
    (
        "edited under link and guid",
        [entry("Storm", A, "g-1", 1, TEXT)],
        [entry("Sun", A, "g-1", 2, OTHER_TEXT)],
        ["post 0"],
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
    ("one link and one guid for all", [entry(f"T{n}", A, "x", n) for n in range(1, 5)], 1),
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


def test_new_guids_at_every_poll_do_not_fill_the_database():
    memory = Memory()
    for number in range(50):
        memory.poll(entry("Storm closes roads", A, f"session-{number}", 1))
    assert len(memory.posts) == 1
    assert sum(kind == "guid" for kind, _, _ in memory.rows.values()) == 20


def test_a_deleted_post_never_comes_back():
    for first, again in [
        (entry("T", A, "guid-1", 1), entry("T", A, "guid-1", 1)),
        (entry("T", A, "guid-1", 1), entry("T", A, "guid-2", 2)),
        (entry("T", A, "guid-1", 1), entry("U", B, "guid-1", 2)),
        (entry("T", None, "guid-1"), entry("T", None, "guid-1")),
        (entry("T", "https://x.com/", "guid-1"), entry("T", "https://x.com/", "guid-1")),
        (entry("T", None, None, 1), entry("T", None, None, 1)),
    ]:
        decisions = decide([first], SOURCE, {})
        # Of a deleted post only its keys are left, each by itself.
        gone = {
            key.key: KnownPost(2**62 + n, deleted=True, kind=key.kind) for n, key in enumerate(decisions.fresh[0].keys)
        }
        decisions = decide([replace(again, digest="other")], SOURCE, gone)
        assert not decisions.fresh, (first, again)
        assert not decisions.seen[0].changed


def test_only_what_was_listed_before_can_have_changed():
    known = {key.key: KnownPost(5, digest="before", kind=key.kind) for key in entry_keys(entry("T", A), 17)}
    same, other = entry("T", A, digest="before"), entry("T!", A, digest="after")
    assert [seen.changed for seen in decide([same], SOURCE, known).seen] == [False]
    assert [seen.changed for seen in decide([other], SOURCE, known).seen] == [True]
    # A document with both versions would change the post twice at every poll: the first one tells.
    assert [seen.changed for seen in decide([same, other], SOURCE, known).seen] == [False, False]
    unlisted = {key: replace(post, digest=None) for key, post in known.items()}
    assert [seen.changed for seen in decide([other], SOURCE, unlisted).seen] == [False]


def test_entries_that_were_not_parsed_again_still_count():
    memory = Memory()
    memory.poll(entry("Storm", A, "guid-1", 1))
    moved = entry("Storm", B, "guid-1", 1)
    assert Memory.poll(memory, moved, listed=[0]) == ["new"]


def test_an_empty_entry_is_a_problem():
    decisions = decide([Entry(), Entry(title=" ", guid="\n"), entry("T")], SOURCE, {})
    assert [problem.outcome for problem in decisions.problems] == [Outcome.ENTRY_WITHOUT_LINK] * 2
    assert decisions.problems[0].url == SOURCE.url
    assert len(decisions.fresh) == 1


def test_keys_of_a_fresh_entry_can_be_read_from_it_again():
    entries = [
        entry("One", A, "shared"),
        entry("Two", B, "shared"),
        entry("Three", "https://x.com/", "guid-3"),
        entry("Four", "https://x.com/", "guid-4"),
        entry("Five", None, None),
    ]
    for fresh in decide(entries, SOURCE, {}).fresh:
        assert set(entry_keys(fresh.entry, SOURCE.id)) == set(fresh.keys)
        assert identity.entry_from_url(fresh.entry, SOURCE) == fresh.from_url
        assert fresh.reason == "none of its keys is known"


@pytest.mark.parametrize(
    ("of", "url"),
    [
        (entry("T", "https://example.com/新闻?utm_source=x"), "https://example.com/%E6%96%B0%E9%97%BB?utm_source=x"),
        (entry("T", None, " http://example.com/1 "), "http://example.com/1"),
        (entry("T", None, "t3_x/y"), "https://example.com/feed.xml#guid=t3_x%2Fy"),
        (entry("T", "javascript:alert(1)", "t3"), "https://example.com/feed.xml#guid=t3"),
    ],
)
def test_from_is_the_link_else_the_guid_else_an_own_url(of, url):
    assert identity.entry_from_url(of, SOURCE) == url


def test_long_guids_and_links_still_name_their_entry():
    long = [entry("T", None, "中" * 600 + str(n)) for n in range(2)] + [entry("U", "https://x.com/" + "a" * 5000, None)]
    deep = replace(SOURCE, url="https://x.com/" + "f" * 4000)
    for source in (SOURCE, deep):
        decisions = decide(long, source, {})
        assert len({fresh.from_url for fresh in decisions.fresh}) == 3
        assert all(len(fresh.from_url) <= 4096 and fresh.keys for fresh in decisions.fresh)


def test_keys_are_text_that_a_database_can_hold():
    broken = entry("T", None, "a\0b\ud800")
    keys = [*key_entries([broken], SOURCE).keys, *(key.key for key in entry_keys(broken, 17))]
    assert "17:ab?" in keys
    assert all("\0" not in key and key.encode() for key in keys)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Storm closes roads", "Storm closes roads!", True),
        ("Storm closes roads", "Storm closes roads | Example News", True),
        ("Storm closes roads", "Storm closes the roads", True),
        ("能源政策公布", "能源政策今日公布", True),
        ("Storm closes roads", "Sun opens parks", False),
        ("Part 1 of the story", "Part 2 of the story", False),
        ("3 dead in storm", "5 dead in storm", False),
        ("新闻早报 1月2日", "新闻早报 1月3日", False),
        ("", "Storm", None),
        ("!!!", "Storm", None),
    ],
)
def test_titles(a, b, same):
    assert identity.similar_titles(a, b) is same
    assert identity.similar_titles(b, a) is same


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (TEXT, TEXT, True),
        (TEXT, "前言。" + TEXT * 3, True),
        (TEXT, OTHER_TEXT, False),
        (OTHER_TEXT, OTHER_TEXT.replace("storm", "flood").replace("May", "June"), True),
        ("short", "short", True),
        ("short", "other", None),
        ("", "", None),
        (TEXT, "", None),
    ],
)
def test_texts(a, b, same):
    assert identity.similar_texts(a, b) is same
    assert identity.similar_texts(b, a) is same


# ---------------------------------------------------------------------------------------------------------------------
# Pages


def page(final: str, canonical: str | None = None, status: int = 200) -> tuple[Response, Article]:
    article = Article("", TEXT, BodyOrigin.PAGE, canonical_url=canonical)
    return Response("https://x.com/r/1", final, status, (), b"", NOW), article


PAGES = [
    ("redirected", A, None, [("final", A)]),
    (
        "canonical",
        A,
        "https://www.example.com/story/77",
        [("final", A), ("canonical", "https://www.example.com/story/77")],
    ),
    ("relative canonical", A, "/story/77?utm_source=x", [("final", A), ("canonical", "https://example.com/story/77")]),
    ("both one", A, A, [("final", A)]),
    ("the link itself", "https://x.com/r/1?utm_source=x", "https://x.com/r/1", []),
    ("canonical of another site", A, "https://copy.com/story/77", [("final", A)]),
    ("canonical to the home page", A, "https://example.com/", [("final", A)]),
    ("canonical to a section", A, "https://example.com/news/china", [("final", A)]),
    ("canonical that is no URL", A, "javascript:1", [("final", A)]),
    ("redirected home", "https://example.com/", None, []),
]


@pytest.mark.parametrize(("final", "canonical", "keys"), [p[1:] for p in PAGES], ids=[p[0] for p in PAGES])
def test_what_a_page_claims(final, canonical, keys):
    found = page_keys("https://x.com/r/1", *page(final, canonical))
    assert [(key.kind, key.key) for key in found] == keys


def test_an_error_page_and_no_page_claim_nothing():
    assert page_keys("https://x.com/r/1", *page(A, A, status=404)) == ()
    assert page_keys("https://x.com/r/1", None, None) == ()


@pytest.mark.parametrize(
    ("title", "day", "text", "kind", "same"),
    [
        ("Storm closes roads", 1, TEXT, "canonical", True),
        ("Storm closes roads", 2, TEXT, "canonical", True),
        ("Storm closes roads", 2, OTHER_TEXT, "canonical", False),  # one template's URL, recurring title
        ("Sun opens parks", 2, TEXT, "final", False),  # a wall: one text under every title
        ("Storm closes more roads", 2, TEXT, "final", False),  # the same, on one subject
        ("Storm closes more roads", 1, TEXT, "final", True),
        ("", 1, TEXT, "final", True),
        ("Storm closes roads", 2, "", "final", True),
        ("Storm closes roads", 2, "", "canonical", False),
    ],
)
def test_a_page_key_is_believed_where_the_articles_are_alike(title, day, text, kind, same):
    known = KnownPost(1, title="Storm closes roads", published_ms=milliseconds(1), text=TEXT)
    article = Article("", text, BodyOrigin.PAGE)
    post = post_of(entry(title, A, None, day), article)
    assert same_article(post, known, kind) is same


def post_of(of: Entry, article: Article) -> Post:
    return replace(build_post(of, article, SOURCE, now=NOW, from_url=A), title=of.title)


# ---------------------------------------------------------------------------------------------------------------------
# Explanations, and everything at once


def test_a_known_url_is_explained():
    url = "http://example.com/a/101?utm_source=x"
    rows = [
        KnownKey("link", A, 3, "Storm", A, "联合早报", NOW),
        KnownKey("guid", "17:guid-1", 3, "Storm", A, "联合早报", NOW),
        KnownKey("canonical", "https://example.com/story/77", 3, "Storm", A, None, None),
    ]
    said = explain(url, rows)
    assert said.post_ids == (3,)
    assert "\n".join(said.lines()) == (
        "http://example.com/a/101?utm_source=x\n"
        "  http and https are one\n"
        "    https://example.com/a/101?utm_source=x\n"
        "  without tracking parameters: utm_source\n"
        "    https://example.com/a/101\n"
        "key: https://example.com/a/101\n"
        "post 3: Storm\n"
        "  from https://example.com/a/101\n"
        "  link      https://example.com/a/101  ◀ this URL\n"
        "            the link of an entry; first from 联合早报 at 2026-01-02 00:00:00Z\n"
        "  guid      17:guid-1\n"
        "            the guid of an entry, within its source; first from 联合早报 at 2026-01-02 00:00:00Z\n"
        "  canonical https://example.com/story/77\n"
        "            what the page calls its canonical link; first from an import"
    )


def test_an_unknown_url_and_no_url_are_explained():
    said = explain(A, [])
    assert said.post_ids == ()
    assert said.lines()[1:3] == (
        f"key: {A} (the URL as it is)",
        "No article is known by this key: an entry with this link would be a new article,",
    )
    assert explain("ftp://x", []).lines() == (
        "ftp://x is no http(s) URL of at most 4096 characters: it names no article.",
    )


links = st.sampled_from([None, A, B, "https://x.com/", "https://x.com/r-1234567", "https://x.com/s-1234567"])
guids = st.sampled_from([None, "1", "guid-a", "guid-b", A, "http://example.com/a/101", "storm"])
titles = st.sampled_from(["", "Storm", "Sun and rain", "Part 1", "Part 2"])
somethings = st.builds(
    entry, titles, links, guids, st.sampled_from([None, 1, 2]), st.sampled_from(["", TEXT, OTHER_TEXT])
)


@settings(deadline=None)
@given(st.lists(st.lists(somethings, max_size=5), max_size=4))
def test_whatever_a_feed_does_no_entry_vanishes(documents):
    memory = Memory()
    for document in documents:
        empty = sum(1 for one in document if replace(one, published=None) == Entry())
        assert len(memory.poll(*document)) + empty == len(document)
        assert len(set(memory.urls)) == len(memory.urls)
        # What was just listed is known when it is listed again, in whatever order.
        assert "new" not in memory.poll(*document)
        assert "new" not in memory.poll(*document[::-1])


def test_five_thousand_sightings_of_every_habit():
    result = identity_bench.run(35 * 30, per_site=30)
    assert result.sightings > 5000
    assert {name: counts for name, counts in result.by_habit.items() if counts != (0, 0)} == {}
    assert result.posts == result.articles == 35 * 30


@pytest.mark.filterwarnings("ignore:The Result.tuples:DeprecationWarning")
def test_every_habit_through_the_real_database(tmp_path):
    result = identity_sqlite.run(35 * 10, tmp_path, per_site=10)
    assert {name: counts for name, counts in result.by_habit.items() if counts != (0, 0)} == {}
    assert result.posts == result.articles == 35 * 10


LINKS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "https://example.com/a?b=1&utm_source=x",
            "http://EXAMPLE.com:80/%7Ea/../b#/route",
            "https://www.google.com/amp/s/example.com/a",
            "https://example.com/" + "x" * 4070,
            "https://example.com/%e4%b8%ad|" + "%41" * 900,
            "https://user@例え.jp/?q=<>",
        ]
    ),
    st.text(max_size=30).map("https://example.com/".__add__),
)


@settings(deadline=None)
@given(
    link=LINKS, guid=st.one_of(st.none(), st.text(max_size=40), st.text(min_size=501, max_size=510)), title=st.text()
)
def test_the_key_of_an_own_url_is_the_key_of_any_url_that_is_written_so(link, guid, title):
    of = entry(title, link, guid, text="what it says")
    keys = candidate_keys(of, SOURCE)
    for url, key in (
        (synthetic_url(of, SOURCE, use_guid=True), keys.synthetic_by_guid),
        (synthetic_url(of, SOURCE, use_guid=False), keys.synthetic_by_hash),
    ):
        assert key == (normalise(url) or url)


def test_credentials_in_a_link_are_kept_nowhere():
    memory = Memory()
    assert memory.poll(entry("T", "https://me:secret@example.com/a?b=x@y", "g")) == ["new"]
    assert memory.urls == ["https://example.com/a?b=x@y"]
    assert memory.poll(entry("T", "https://example.com/a?b=x@y", "g")) == ["post 0"]


# ---------------------------------------------------------------------------------------------------------------------
# Every rule of the decision by itself: entries, what is known, what becomes of each entry and why

HOME = "https://x.com/"
STORM, MORE = "https://example.com/a/storm-1234567", "https://example.com/a/more-storm-1234567"
STRANGER = "none of its keys is known"
FILE = "https://x.com/1.mp3"


def verdicts(decisions: identity.Decisions, count: int) -> list[str]:
    """What became of each entry: "new: why", "5: why" for a known post, "again" for a repeated one."""
    said = {one.entry.digest: f"new: {one.reason}" for one in decisions.fresh}
    said |= {one.entry.digest: f"{one.post_id}: {one.reason}" for one in decisions.seen}
    return [said.get(str(number), "again") for number in range(count)]


def judge(entries, known, *, listed=()) -> identity.Decisions:
    numbered = [replace(one, digest=str(number)) for number, one in enumerate(entries)]
    return decide(numbered, SOURCE, known, listed=listed)


OTHERS = [entry("Rain", A, "guid-8", 8), entry("Snow", A, "guid-9", 9)]
RULES = [
    # a link
    ("link", [entry("Sun", A, None, 2, OTHER_TEXT)], {A: post(5, "Storm", 1, TEXT)}, ["5: the link is known"]),
    (
        "link and guid of one post",
        [entry("Sun", A, "guid-5", 2, OTHER_TEXT)],
        {A: post(5, "Storm", 1, TEXT), "17:guid-5": post(5, "Storm", 1, TEXT)},
        ["5: link and guid are known"],
    ),
    (
        "link without a guid, of a post that has one",
        [entry("Sun", A, None, 2, OTHER_TEXT)],
        {A: post(5, "Storm", 1, TEXT, guids=("17:guid-5",))},
        ["5: the link is known"],
    ),
    (
        "link of a post that has another guid, with other evidence",
        [entry("Sun", A, "guid-6", 2)],
        {A: post(5, "Storm", 1, guids=("17:guid-5",))},
        ["new: the link is known, but as another article: other title and date"],
    ),
    (
        "link of a post that has another guid, with the same title",
        [entry("Storm", A, "guid-6")],
        {A: post(5, "Storm", guids=("17:guid-5",))},
        ["5: the link is known: same title"],
    ),
    (
        "link of one post, guid of another",
        [entry("Sun", A, "guid-6", 2, OTHER_TEXT)],
        {A: post(5, "Storm", 1, TEXT, guids=("17:guid-5",)), "17:guid-6": post(6, "Rain")},
        ["5: the link is known"],
    ),
    # the canonical link of another page
    (
        "canonical link, other title and text",
        [entry("Sun", A, None, None, OTHER_TEXT)],
        {A: post(5, "Storm", None, TEXT, kind="canonical")},
        ["new: the link is another page's canonical link, but as another article: other title and text"],
    ),
    (
        "canonical link, same title and other text",
        [entry("Storm", A, None, None, OTHER_TEXT)],
        {A: post(5, "Storm", None, TEXT, kind="canonical")},
        ["new: the link is another page's canonical link, but as another article: same title, other text"],
    ),
    (
        "canonical link, same title and other date",
        [entry("Storm", A, None, 1)],
        {A: post(5, "Storm", 2, kind="canonical")},
        ["5: the link is another page's canonical link: same title, other date"],
    ),
    (
        "canonical link, same text under another number",
        [entry("Report 13", A, None, None, TEXT)],
        {A: post(5, "Report 12", None, TEXT, kind="canonical")},
        ["5: the link is another page's canonical link: same text, other title"],
    ),
    # a home page for a link
    (
        "home page, link and guid of one post",
        [entry("Sun", HOME, "guid-5", 2, OTHER_TEXT)],
        {HOME: post(5, "Storm", 1, TEXT), "17:guid-5": post(5, "Storm", 1, TEXT)},
        ["5: link and guid are known"],
    ),
    (
        "home page, the next article",
        [entry("Sun", HOME, None, 2)],
        {HOME: post(5, "Storm", 1)},
        ["new: the link is known, but as another article: other title and date"],
    ),
    (
        "home page, nothing to compare",
        [entry("", HOME)],
        {HOME: post(5)},
        ["5: the link is known: nothing to compare"],
    ),
    (
        "home page, title and date of the post and another text",
        [entry("Storm", HOME, None, 1, OTHER_TEXT)],
        {HOME: post(5, "Storm", 1, TEXT)},
        ["5: the link is known: same title and date, other text"],
    ),
    (
        "home page, another guid, same title",
        [entry("Storm", HOME, "guid-6")],
        {HOME: post(5, "Storm", guids=("17:guid-5",))},
        ["new: the link is known, but as another article: same title"],
    ),
    (
        "home page, another guid, same title and date",
        [entry("Storm", HOME, "guid-6", 1)],
        {HOME: post(5, "Storm", 1, guids=("17:guid-5",))},
        ["new: the link is known, but as another article: same title and date"],
    ),
    (
        "home page, another guid, same title and text",
        [entry("Storm", HOME, "guid-6", None, TEXT)],
        {HOME: post(5, "Storm", None, TEXT, guids=("17:guid-5",))},
        ["5: the link is known: same title and text"],
    ),
    (
        "home page of one post, guid of another that it is more like",
        [entry("Storm", HOME, "guid-6", 1)],
        {HOME: post(5, "Storm"), "17:guid-6": post(6, "Storm", 1)},
        ["6: the guid is known: same title and date"],
    ),
    (
        "home page of the post that it is more like, guid of another",
        [entry("Storm", HOME, "guid-6", 1, TEXT)],
        {HOME: post(5, "Storm", 1, TEXT), "17:guid-6": post(6, "Storm")},
        ["5: the link is known: same title and date and text"],
    ),
    (
        "home page and guid of two posts that it is like alike",
        [entry("Storm", HOME, "guid-6", 1)],
        {HOME: post(5, "Storm", 1), "17:guid-6": post(6, "Storm")},
        ["5: the link is known: same title and date"],
    ),
    (
        "home page of another article, guid of one before in a series",
        [entry("Evening news", HOME, "guid-5", 2, TEXT)],
        {HOME: post(6, "Rain", 3, OTHER_TEXT), "17:guid-5": post(5, "Morning brief", 1, TEXT)},
        ["5: the guid is known: same text, other title and date"],
    ),
    (
        "home page, guid that leads to another article",
        [entry("Sun", HOME, "guid-6", 2, OTHER_TEXT)],
        {HOME: post(5, "Storm", 1, TEXT), "17:guid-6": post(6, "Rain", 3, TEXT)},
        ["new: the guid is known, but as another article: other title and date and text"],
    ),
    (
        "home page, guid of several articles",
        [entry("Sun", HOME, "guid-5", 2), entry("Rain", B, "guid-5", 3)],
        {HOME: post(5, "Storm", 1), "17:guid-5": post(5, "Storm", 1)},
        ["new: the link is known, but as another article: other title and date", f"new: {STRANGER}"],
    ),
    # a guid without a link
    (
        "guid alone",
        [entry("Sun", None, "guid-5", 2, OTHER_TEXT)],
        {"17:guid-5": post(5, "Storm", 1, TEXT)},
        ["5: the guid is known"],
    ),
    (
        "guid alone, of several articles",
        [entry("Storm", None, "guid-5"), entry("Sun", None, "guid-5")],
        {"17:guid-5": post(5, "Storm")},
        ["5: the guid is known: same title", "new: the guid is known, but as another article: other title"],
    ),
    (
        "guid alone, of several articles, on another day",
        [entry("Storm", None, "guid-5", 2), entry("Sun", None, "guid-5", 3)],
        {"17:guid-5": post(5, "Storm", 1)},
        [
            "new: the guid is known, but as another article: same title, other date",
            "new: the guid is known, but as another article: other title and date",
        ],
    ),
    (
        "a URL made of a guid that now several articles have",
        [entry("Storm", None, "guid-5"), entry("Sun", None, "guid-5")],
        {"https://example.com/feed.xml#guid=guid-5": post(5, "Rain")},
        [f"new: {STRANGER}", f"new: {STRANGER}"],
    ),
    # a guid under another link
    (
        "guid, nothing to compare",
        [entry("", B, "guid-5")],
        {"17:guid-5": post(5)},
        ["5: the guid is known: nothing to compare"],
    ),
    (
        "guid, the next number on the same day",
        [entry("Report 13", B, "guid-5", 1)],
        {"17:guid-5": post(5, "Report 12", 1)},
        ["5: the guid is known: same date, other title"],
    ),
    (
        "guid that says little, same title",
        [entry("Storm", B, "1")],
        {"17:1": post(5, "Storm")},
        ["new: the guid is known, but as another article: same title"],
    ),
    (
        "guid that says little, same title and date",
        [entry("Storm", B, "1", 1)],
        {"17:1": post(5, "Storm", 1)},
        ["5: the guid is known: same title and date"],
    ),
    (
        "guid that says little, same title and date, other text",
        [entry("Daily news", B, "daily-news", 1, OTHER_TEXT)],
        {"17:daily-news": post(5, "Daily news", 1, TEXT)},
        ["new: the guid is known, but as another article: same title and date, other text"],
    ),
    (
        "guid that says little, of a post that came without a link",
        [entry("", B, "1")],
        {"17:1": post(5, from_url="https://example.com/feed.xml#guid=1")},
        ["5: the guid is known: nothing to compare"],
    ),
    (
        "guid of several articles under links of their own",
        [entry("Storm", A, "guid-5", 1, TEXT), entry("Sun", B, "guid-5", 2)],
        {"17:guid-5": post(5, "Storm", 1, TEXT)},
        [f"new: {STRANGER}", f"new: {STRANGER}"],
    ),
    # a guid whose article the document lists under its own link
    (
        "guid of an article still listed, a copy",
        [entry("Storm", A, None, 1, TEXT), entry("Storm", B, "guid-5", None, TEXT)],
        {A: post(5, "Storm", 1, TEXT), "17:guid-5": post(5, "Storm", 1, TEXT)},
        ["5: the link is known", "5: the guid and the text are known"],
    ),
    (
        "guid of an article still listed, no copy",
        [entry("Storm", A, None, 1), entry("Storm", B, "guid-5", 1)],
        {A: post(5, "Storm", 1), "17:guid-5": post(5, "Storm", 1)},
        ["5: the link is known", f"new: {STRANGER}"],
    ),
    (
        "guid of an article still listed, under the home page of another",
        [entry("Storm", A, None, 1), entry("Storm", HOME, "guid-5", 1)],
        {A: post(5, "Storm", 1), "17:guid-5": post(5, "Storm", 1), HOME: post(6, "Rain", 3)},
        ["5: the link is known", "5: the guid is known: same title and date"],
    ),
    (
        "guid of an article still listed, under a link of several articles",
        [entry("Storm", A, None, 1), entry("Sun", B, "guid-5", 2), entry("Rain", B, "guid-6", 3)],
        {A: post(5, "Storm", 1), "17:guid-5": post(5, "Storm", 1)},
        [
            "5: the link is known",
            "5: the guid is known; the link is shared by several articles",
            f"new: {STRANGER}",
        ],
    ),
    (
        "guid of an article under whose link now several stand",
        [*OTHERS, entry("Storm", B, "guid-5", 1)],
        {A: post(5, "Storm", 1), "17:guid-5": post(5, "Storm", 1)},
        [
            "new: the link is known, but as another article: other title and date",
            "new: the link is known, but as another article: other title and date",
            "5: the guid is known: same title and date",
        ],
    ),
    # a link of several articles
    (
        "shared link, the one with the post's title",
        [entry("Storm", A, "guid-1"), entry("Sun", A, "guid-2")],
        {A: post(5, "Storm")},
        ["5: the link is known: same title", "new: the link is known, but as another article: other title"],
    ),
    (
        "shared link, nothing to compare",
        [entry("Storm", A, "guid-1"), entry("Sun", A, "guid-2")],
        {A: post(5)},
        ["new: the link is known, but as another article: nothing to compare"] * 2,
    ),
    (
        "shared link, same title on another day",
        [entry("Storm", A, "guid-1", 1), entry("Sun", A, "guid-2", 2)],
        {A: post(5, "Storm", 3)},
        [
            "new: the link is known, but as another article: same title, other date",
            "new: the link is known, but as another article: other title and date",
        ],
    ),
    (
        "shared link of a post with another guid, same title and date",
        [entry("Storm", A, "guid-1", 1), entry("Sun", A, "guid-2", 2)],
        {A: post(5, "Storm", 1, guids=("17:guid-5",))},
        [
            "new: the link is known, but as another article: same title and date",
            "new: the link is known, but as another article: other title and date",
        ],
    ),
    (
        "shared link of a post with another guid, same title and text",
        [entry("Storm", A, "guid-1", None, TEXT), entry("Sun", A, "guid-2", 2)],
        {A: post(5, "Storm", None, TEXT, guids=("17:guid-5",))},
        [
            "5: the link is known: same title and text",
            "new: the link is known, but as another article: other title",
        ],
    ),
    (
        "shared link and the guid of one post",
        [entry("Storm", A, "guid-1", 1), entry("Sun", A, "guid-2", 2)],
        {A: post(5, "Rain", 3), "17:guid-1": post(5, "Rain", 3)},
        [
            "5: the guid is known; the link is shared by several articles",
            "new: the link is known, but as another article: other title and date",
        ],
    ),
    (
        "shared link and shared guid",
        [entry("Storm", A, "guid-5", 1), entry("Sun", A, "guid-5", 2), entry("Rain", B, "guid-5", 3)],
        {"17:guid-5": post(5, "Storm", 1)},
        [
            "5: the guid is known: same title and date",
            "new: the guid is known, but as another article: other title and date",
            f"new: {STRANGER}",
        ],
    ),
    (
        "shared link and shared guid, same text and file under another number",
        [
            entry("Part 2", A, "guid-5", None, TEXT, enclosures=(Enclosure(FILE),)),
            entry("Sun", A, "guid-5", 2),
            entry("Rain", B, "guid-5", 3),
        ],
        {"17:guid-5": post(5, "Part 1", None, TEXT, enclosures=(FILE,))},
        [
            "5: the guid is known: same text and file, other title",
            "new: the guid is known, but as another article: other title",
            f"new: {STRANGER}",
        ],
    ),
    # the number in a link
    (
        "number, same title and date",
        [entry("Storm", MORE, None, 1)],
        {"17:#example.com//1234567": post(5, "Storm", 1)},
        ["5: the number in the link is known: same title and date"],
    ),
    (
        "number, same title and other text",
        [entry("Storm", MORE, None, None, OTHER_TEXT)],
        {"17:#example.com//1234567": post(5, "Storm", None, TEXT)},
        ["new: the number in the link is known, but as another article: same title, other text"],
    ),
    (
        "number of an article still listed",
        [entry("Storm", STORM, None, 1), entry("Storm", MORE, None, 1)],
        {STORM: post(5, "Storm", 1), "17:#example.com//1234567": post(5, "Storm", 1)},
        ["5: the link is known", f"new: {STRANGER}"],
    ),
    (
        "one number twice in a document",
        [entry("Storm", STORM, None, 1), entry("Storm", MORE, None, 1)],
        {},
        [f"new: {STRANGER}", f"new: {STRANGER}"],
    ),
    # deleted posts
    (
        "home page and guid of a deleted post",
        [entry("Storm", HOME, "guid-5", 1)],
        {HOME: KnownPost(100, deleted=True), "17:guid-5": KnownPost(101, deleted=True)},
        ["100: link and guid are known"],
    ),
    (
        "home page of a post, guid of a deleted one",
        [entry("Storm", HOME, "guid-5", 1)],
        {HOME: post(5, "Storm", 1), "17:guid-5": KnownPost(101, deleted=True)},
        ["101: the guid is known"],
    ),
    (
        "home page of a deleted post, guid of another",
        [entry("Storm", HOME, "guid-5", 1)],
        {HOME: KnownPost(100, deleted=True), "17:guid-5": post(5, "Storm", 1)},
        ["5: the guid is known: same title and date"],
    ),
    (
        "guid that says little, of a deleted post",
        [entry("Storm", B, "1", 1)],
        {"17:1": KnownPost(100, deleted=True)},
        ["new: the guid is known, but as another article: nothing to compare"],
    ),
    # twice in one document
    (
        "two titles of one text, with and without its preface, two guids",
        [
            entry("Storm", A, "guid-1", None, TEXT),
            entry("Rain", B, "guid-3"),
            entry("Sun", A, "guid-2", None, "前言。" + TEXT),
        ],
        {},
        [f"new: {STRANGER}", f"new: {STRANGER}", "again"],
    ),
    (
        "the second of two new articles once more",
        [entry("Storm", A), entry("Sun", B), entry("Sun", B + "#more")],
        {},
        [f"new: {STRANGER}", f"new: {STRANGER}", "again"],
    ),
    (
        "one text under the home page, without and with a guid",
        [entry("", HOME, None, None, TEXT), entry("", HOME, "guid-2", None, TEXT)],
        {},
        [f"new: {STRANGER}", "again"],
    ),
    (
        "one text under the home page, with two guids",
        [entry("", HOME, "guid-1", None, TEXT), entry("", HOME, "guid-2", None, TEXT)],
        {},
        [f"new: {STRANGER}", "new: the link is known, but as another article: same text"],
    ),
]


@pytest.mark.parametrize(("entries", "known", "said"), [r[1:] for r in RULES], ids=[r[0] for r in RULES])
def test_every_rule_and_its_reason(entries, known, said):
    decisions = judge(entries, known)
    assert verdicts(decisions, len(entries)) == said
    assert decisions.repeated == said.count("again")


def test_no_entries_no_decisions():
    assert decide([], SOURCE, {}) == identity.Decisions()
    assert identity.Decisions().repeated == 0


def keys_of(found) -> list[tuple[str, str]]:
    return [(key.kind, key.key) for key in found]


def test_an_entry_that_is_listed_twice_gives_its_keys_to_its_article():
    entries = [entry("Storm", A, "guid-1", 1, TEXT), entry("Sun", B, "guid-2"), entry("Storm", A, "guid-3", 1, TEXT)]
    decisions = judge(entries, {})
    assert [keys_of(fresh.keys) for fresh in decisions.fresh] == [
        [("link", A), ("guid", "17:guid-1"), ("guid", "17:guid-3")],
        [("link", B), ("guid", "17:guid-2")],
    ]


def test_a_link_of_several_articles_becomes_a_key_of_none():
    entries = [entry("Storm", STORM, "guid-1", 1), entry("Sun", STORM, "guid-2", 2)]
    decisions = judge(entries, {"17:guid-1": post(5, "Storm", 1)})
    assert [keys_of(seen.new_keys) for seen in decisions.seen] == [[]]
    assert [keys_of(fresh.keys) for fresh in decisions.fresh] == [
        [("link", STORM + "#guid=guid-2"), ("guid", "17:guid-2")]
    ]


def test_an_article_whose_link_and_number_are_anothers_gets_neither():
    known = {STORM: post(5, "Storm", 1, TEXT, kind="canonical")}
    decisions = judge([entry("Sun", STORM, "guid-2", 2, OTHER_TEXT)], known)
    assert [keys_of(fresh.keys) for fresh in decisions.fresh] == [
        [("link", STORM + "#guid=guid-2"), ("guid", "17:guid-2")]
    ]


def test_a_guid_that_leads_to_another_article_is_in_no_own_url():
    known = {HOME: post(5, "Storm", 1, TEXT), "17:guid-6": post(6, "Rain", 3, TEXT)}
    [fresh] = judge([entry("Sun", HOME, "guid-6", 2, OTHER_TEXT)], known).fresh
    assert fresh.from_url.startswith(HOME + "#guid=sha256:")
    assert keys_of(fresh.keys) == [("link", fresh.from_url)]
    assert fresh.entry.guid is None


def test_a_deleted_post_has_not_changed():
    known = {A: KnownPost(100, digest="before", deleted=True)}
    assert [seen.changed for seen in decide([entry("T", A, digest="after")], SOURCE, known).seen] == [False]
