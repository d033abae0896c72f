"""The decision about each entry of a document: by which rule, for which reason, and with which keys."""

from dataclasses import replace

import pytest

from ingestd.identity.decide import decide as decide_keyed
from ingestd.identity.decisions import Decisions
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.keys import entry_from_url, entry_keys
from ingestd.model.errors import Outcome
from ingestd.model.feed import Enclosure, Entry
from ingestd.model.post import KnownPost
from tests.identity.make import OTHER_TEXT, SOURCE, TEXT, A, B, decide, entry, post


def test_deleted_post_is_not_stored_again():
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
        assert decisions.seen[0].entry == replace(again, digest="other")


def test_only_an_entry_with_a_stored_digest_can_have_changed():
    known = {key.key: KnownPost(5, digest="before", kind=key.kind) for key in entry_keys(entry("T", A), 17)}
    same, other = entry("T", A, digest="before"), entry("T!", A, digest="after")
    assert [seen.changed for seen in decide([same], SOURCE, known).seen] == [False]
    assert [seen.changed for seen in decide([other], SOURCE, known).seen] == [True]
    # A document with both versions would change the post twice at every poll: the first one tells.
    assert [seen.changed for seen in decide([same, other], SOURCE, known).seen] == [False, False]
    # The last document did not list it: one of this source has changed, one of another is only listed here too.
    for source_id, changed in ((None, False), (18, False), (17, True)):
        unlisted = {key: replace(post, digest=None, source_id=source_id) for key, post in known.items()}
        assert [seen.changed for seen in decide([other], SOURCE, unlisted).seen] == [changed]


def test_an_empty_entry_is_a_problem():
    decisions = decide([Entry(), Entry(title=" ", guid="\n"), entry("T")], SOURCE, {})
    assert [problem.outcome for problem in decisions.problems] == [Outcome.ENTRY_WITHOUT_LINK] * 2
    assert decisions.problems[0].url == SOURCE.url
    assert len(decisions.fresh) == 1


def test_keys_of_a_fresh_entry_can_be_read_from_it_again():
    entries = [
        entry("One", A, "shared", None, TEXT),
        entry("Two", B, "shared", None, TEXT),
        entry("Three", "https://x.com/", "guid-3", None, TEXT),
        entry("Four", "https://x.com/", "guid-4", None, TEXT),
        entry("Five", None, None, None, TEXT),
    ]
    for fresh in decide(entries, SOURCE, {}).fresh:
        assert set(entry_keys(fresh.entry, SOURCE.id)) == {key for key in fresh.keys if key.kind != "shared"}
        assert entry_from_url(fresh.entry, SOURCE) == fresh.from_url
        assert fresh.entry.summary == TEXT
        assert fresh.reason == "none of its keys is known"


def test_long_guids_and_links_give_distinct_urls_of_bounded_length():
    long = [entry("T", None, "中" * 600 + str(n)) for n in range(2)] + [entry("U", "https://x.com/" + "a" * 5000, None)]
    deep = replace(SOURCE, url="https://x.com/" + "f" * 4000)
    for source in (SOURCE, deep):
        decisions = decide(long, source, {})
        assert len({fresh.from_url for fresh in decisions.fresh}) == 3
        assert all(len(fresh.from_url) <= 4096 and fresh.keys for fresh in decisions.fresh)


HOME = "https://x.com/"


STORM, MORE = "https://example.com/a/storm-1234567", "https://example.com/a/more-storm-1234567"


STRANGER = "none of its keys is known"


FILE = "https://x.com/1.mp3"


def verdicts(decisions: Decisions, count: int) -> list[str]:
    """What became of each entry: "new: why", "5: why" for a known post, "again" for a repeated one."""
    said = {one.entry.digest: f"new: {one.reason}" for one in decisions.fresh}
    said |= {one.entry.digest: f"{one.post_id}: {one.reason}" for one in decisions.seen}
    return [said.get(str(number), "again") for number in range(count)]


def judge(entries, known, *, listed=()) -> Decisions:
    numbered = [replace(one, digest=str(number)) for number, one in enumerate(entries)]
    return decide(numbered, SOURCE, known, listed=listed)


OTHERS = [entry("Rain", A, "guid-8", 8), entry("Snow", A, "guid-9", 9)]


RULES = [
    # a link
    ("link", [entry("Sun", A, None, 2, TEXT)], {A: post(5, "Storm", 1, TEXT)}, ["5: the link is known"]),
    (
        "link, same title",
        [entry("Storm", A, None, 2, OTHER_TEXT)],
        {A: post(5, "Storm", 1, TEXT)},
        ["5: the link is known"],
    ),
    (
        "link, with nothing else in common",
        [entry("Sun", A, None, 1, OTHER_TEXT)],
        {A: post(5, "Storm", 1, TEXT)},
        ["new: the link is known, but as another article: same date, other title and text"],
    ),
    (
        "link, with another title and texts too short to be compared",
        [entry("Sun", A, None, 2, "图")],
        {A: post(5, "Storm", 1, "文")},
        ["5: the link is known"],
    ),
    (
        "link, with nothing else in common but date and file",
        [replace(entry("Sun", A, None, 1, OTHER_TEXT), enclosures=(Enclosure(FILE),))],
        {A: post(5, "Storm", 1, TEXT, enclosures=(FILE,))},
        ["5: the link is known: same date and file, other title and text"],
    ),
    (
        "link, whose page gave the text",
        [entry("Sun", A, None, 2, OTHER_TEXT)],
        {A: post(5, "Storm", 1, TEXT, text_of_feed=False)},
        ["5: the link is known"],
    ),
    (
        "link, of another source's post",
        [entry("Sun", A, None, 2, OTHER_TEXT)],
        {A: replace(post(5, "Storm", 1, TEXT), source_id=18)},
        ["5: the link is known"],
    ),
    (
        "link and guid of one post",
        [entry("Sun", A, "guid-5", 2, TEXT)],
        {A: post(5, "Storm", 1, TEXT), "17:guid-5": post(5, "Storm", 1, TEXT)},
        ["5: link and guid are known"],
    ),
    (
        "link and guid of one post, with nothing else in common",
        [entry("Sun", A, "guid-5", 1, OTHER_TEXT)],
        {A: post(5, "Storm", 1, TEXT), "17:guid-5": post(5, "Storm", 1, TEXT)},
        ["new: the guid is known, but as another article: same date, other title and text"],
    ),
    (
        "link and guid of one post, with its file",
        [entry("Sun", A, "guid-5", 1, OTHER_TEXT, enclosures=(Enclosure(FILE),))],
        {key: post(5, "Storm", 1, TEXT, enclosures=(FILE,)) for key in (A, "17:guid-5")},
        ["5: the guid is known: same date and file, other title and text"],
    ),
    (
        "link and guid of one post, its text below a new one",
        [entry("Sun", A, "guid-5", 1, OTHER_TEXT * 30 + TEXT)],
        {A: post(5, "Storm", 1, TEXT), "17:guid-5": post(5, "Storm", 1, TEXT)},
        ["5: link and guid are known"],
    ),
    (
        "link without a guid, of a post that has one",
        [entry("Sun", A, None, 2, TEXT)],
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
        [entry("Sun", A, "guid-6", 2, TEXT)],
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
        [entry("Sun", HOME, "guid-5", 2, TEXT)],
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
        [entry("Sun", None, "guid-5", 2, TEXT)],
        {"17:guid-5": post(5, "Storm", 1, TEXT)},
        ["5: the guid is known"],
    ),
    (
        "guid alone, with nothing else in common",
        [entry("Sun", None, "guid-5", 2, OTHER_TEXT)],
        {"17:guid-5": post(5, "Storm", 1, TEXT)},
        ["new: the guid is known, but as another article: other title and date and text"],
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
    # a link and a guid that several articles of an earlier document had
    (
        "link and guid of several, the first of them",
        [entry("Storm", A, "guid-5", 1, TEXT)],
        {key: post(5, "Storm", 1, TEXT, kind="shared") for key in (A, "17:guid-5")},
        ["5: the link is known: same title and date and text"],
    ),
    (
        "link and guid of several, one more",
        [entry("Part 2", A, "guid-5", 1, TEXT)],
        {key: post(5, "Part 1", 1, TEXT, kind="shared") for key in (A, "17:guid-5")},
        ["new: the guid is known, but as another article: same date and text, other title"],
    ),
    (
        "guid of several without a link, one more",
        [entry("Sun", None, "guid-5", 2, TEXT)],
        {"17:guid-5": post(5, "Storm", 1, TEXT, kind="shared")},
        ["new: the guid is known, but as another article: same text, other title and date"],
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
    (
        "link of a post, guid of several entries",
        [entry("Storm", A, "guid-8", 2), entry("Rain", B, "guid-8", 8)],
        {A: post(5, "Storm", 1, TEXT, guids=("17:guid-1",))},
        ["5: the link is known", f"new: {STRANGER}"],
    ),
    # a key of several articles, which a post has that is named by its hash
    (
        "home page, of a post that its hash names",
        [entry("Storm", HOME, None, 2, TEXT)],
        {HOME: post(5, "Storm", 1, TEXT, kind="shared", from_url=HOME + "#guid=sha256:00")},
        [f"new: {STRANGER}"],
    ),
    (
        "guid, of a post that its hash names",
        [entry("Storm", None, "guid-5", 2, TEXT)],
        {"17:guid-5": post(5, "Storm", 1, TEXT, kind="shared", from_url="https://example.com/feed.xml#guid=sha256:00")},
        [f"new: {STRANGER}"],
    ),
    (
        "own guid, of a post that was named by its hash",
        [entry("Storm", None, "guid-5", 2, TEXT)],
        {"17:guid-5": post(5, "Storm", 1, TEXT, kind="guid", from_url="https://example.com/feed.xml#guid=sha256:00")},
        ["5: the guid is known"],
    ),
    # twice in one document
    (
        "three parts of one text under one link, two without common words",
        [
            entry("Storm", A, None, None, TEXT),
            entry("Sun", A, None, None, OTHER_TEXT),
            entry("Rain", A, None, None, TEXT + OTHER_TEXT),
        ],
        {},
        [f"new: {STRANGER}", "again", "again"],
    ),
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


def test_no_entries_give_no_decisions():
    assert decide([], SOURCE, {}) == Decisions()
    assert Decisions().repeated == 0


def keys_of(found) -> list[tuple[str, str]]:
    return [(key.kind, key.key) for key in found]


def test_both_listings_of_an_entry_add_their_keys_to_its_article():
    entries = [entry("Storm", A, "guid-1", 1, TEXT), entry("Sun", B, "guid-2"), entry("Storm", A, "guid-3", 1, TEXT)]
    decisions = judge(entries, {})
    assert [keys_of(fresh.keys) for fresh in decisions.fresh] == [
        [("link", A), ("guid", "17:guid-1"), ("guid", "17:guid-3")],
        [("link", B), ("guid", "17:guid-2")],
    ]


def test_a_link_of_several_articles_becomes_a_key_of_none():
    entries = [entry("Storm", STORM, "guid-1", 1), entry("Sun", STORM, "guid-2", 2)]
    decisions = judge(entries, {"17:guid-1": post(5, "Storm", 1)})
    assert [keys_of(seen.new_keys) for seen in decisions.seen] == [[("shared", STORM)]]
    assert [keys_of(fresh.keys) for fresh in decisions.fresh] == [
        [("link", STORM + "#guid=guid-2"), ("guid", "17:guid-2")]
    ]


ROADS, ROADS_OPEN = "Storm closes every road between the valleys", "Storm closes every road between the valleys: update"


@pytest.mark.parametrize(("before", "now"), [(ROADS, ROADS_OPEN), ("7", "8")])
def test_a_new_guid_that_follows_title_or_place_does_not_contradict_the_link(before, now):
    known = {STORM: replace(post(5, ROADS, 1, TEXT), guids=("17:" + before,))}
    decisions = judge([entry(ROADS_OPEN, STORM, now, 2, OTHER_TEXT)], known)
    assert [seen.post_id for seen in decisions.seen] == [5]
    # A guid that tells articles apart does, with another time and another text.
    assert judge([entry(ROADS_OPEN, STORM, "guid-2", 2, OTHER_TEXT)], known).seen == ()


def test_a_new_article_alone_under_a_link_of_several_is_not_stored_under_it():
    known = {STORM: post(5, "Storm", 1, TEXT, kind="shared")}
    [fresh] = judge([entry("Sun", STORM, "guid-3", 3, OTHER_TEXT)], known).fresh
    assert fresh.from_url == STORM + "#guid=guid-3"


def test_an_article_does_not_get_the_link_and_number_keys_of_another():
    known = {STORM: post(5, "Storm", 1, TEXT, kind="canonical")}
    decisions = judge([entry("Sun", STORM, "guid-2", 2, OTHER_TEXT)], known)
    assert [keys_of(fresh.keys) for fresh in decisions.fresh] == [
        [("link", STORM + "#guid=guid-2"), ("guid", "17:guid-2")]
    ]


def test_a_guid_of_another_article_is_in_no_synthetic_url():
    known = {HOME: post(5, "Storm", 1, TEXT), "17:guid-6": post(6, "Rain", 3, TEXT)}
    [fresh] = judge([entry("Sun", HOME, "guid-6", 2, OTHER_TEXT)], known).fresh
    assert fresh.from_url.startswith(HOME + "#guid=sha256:")
    assert keys_of(fresh.keys) == [("link", fresh.from_url)]
    assert fresh.entry.guid is None


def test_a_deleted_post_has_not_changed():
    known = {A: KnownPost(100, digest="before", deleted=True)}
    assert [seen.changed for seen in decide([entry("T", A, digest="after")], SOURCE, known).seen] == [False]


# Entries and posts of other sites. `SOURCE` is of example.com.

LINKED, WALK = "https://owner.example.net/2026/bridge", "https://example.com/2026/walk"
ABOUT_LINKED = f'<p><a href="{LINKED}">{LINKED}</a></p>'
OF_OWNER = replace(post(5, "Bridge reopens", 1, TEXT), source_id=18, from_url=LINKED)
LISTED_BY_OTHER = replace(post(5, "Storm", 1, TEXT), source_id=18, from_url=A, of_own_site=False)
WITHOUT_PAGES = replace(SOURCE, article="never")


def walk(guid=WALK, text=OTHER_TEXT, **more) -> Entry:
    """An entry that links to another site and writes about it."""
    return entry("Why I walk", LINKED, guid, 2, text, **more)


@pytest.mark.parametrize(
    ("source", "known", "one", "from_url", "keys", "summary"),
    [
        # Nothing is known of the link: its page will tell, and without pages the entry's own text does.
        (SOURCE, {}, walk(), LINKED, [("link", LINKED), ("guid", "17:" + WALK)], OTHER_TEXT),
        (
            *(WITHOUT_PAGES, {}, walk(), WALK),
            *([("link", WALK), ("guid", "17:" + WALK), ("about", LINKED)], OTHER_TEXT + ABOUT_LINKED),
        ),
        (WITHOUT_PAGES, {}, walk(text="12"), LINKED, [("link", LINKED), ("guid", "17:" + WALK)], "12"),
        (WITHOUT_PAGES, {}, walk("note-7"), LINKED, [("link", LINKED), ("guid", "17:note-7")], OTHER_TEXT),
        # The link is another article's: the entry has an address of its own, or its link with the guid.
        (
            *(SOURCE, {LINKED: OF_OWNER}, walk(), WALK),
            *([("link", WALK), ("guid", "17:" + WALK)], OTHER_TEXT + ABOUT_LINKED),
        ),
        (
            *(SOURCE, {LINKED: OF_OWNER}, walk("note-7"), LINKED + "#guid=note-7"),
            *([("link", LINKED + "#guid=note-7"), ("guid", "17:note-7")], OTHER_TEXT + ABOUT_LINKED),
        ),
        # So far only another site's commentary is known of the link.
        (
            *(WITHOUT_PAGES, {LINKED: replace(OF_OWNER, kind="about", of_own_site=True)}, walk(), WALK),
            *([("link", WALK), ("guid", "17:" + WALK)], OTHER_TEXT + ABOUT_LINKED),
        ),
    ],
)
def test_the_address_of_an_entry_that_links_to_another_site(source, known, one, from_url, keys, summary):
    [fresh] = decide([one], source, known).fresh
    assert (fresh.from_url, keys_of(fresh.keys), fresh.entry.summary) == (from_url, keys, summary)
    assert (fresh.entry.link, fresh.entry.guid) == (from_url, one.guid)
    assert fresh.reason == STRANGER


COMMENT = replace(OF_OWNER, title="Walking", text="别的文字" * 10, kind="about")


@pytest.mark.parametrize(
    "one",
    [
        entry("Bridge reopens", LINKED, LINKED, 1, TEXT),
        entry("Bridge reopens", LINKED, None, 1),
        entry("Bridge reopens", LINKED, "https://example.com/77", 1, "12"),
    ],
)
def test_a_listing_of_an_article_is_not_the_comment_about_it(one):
    [fresh] = decide([one], WITHOUT_PAGES, {LINKED: COMMENT}).fresh
    assert (fresh.from_url, keys_of(fresh.keys)[0]) == (LINKED, ("link", LINKED))


def test_a_listing_in_the_words_of_a_comment_is_that_comment():
    for one in (entry("Walking", LINKED, LINKED, 1), entry("", LINKED, None, 2, COMMENT.text)):
        assert [seen.post_id for seen in decide([one], WITHOUT_PAGES, {LINKED: COMMENT}).seen] == [5]


def test_the_post_of_link_and_guid_is_not_one_that_another_source_has_under_both():
    own, other = post(5, "T", 1, TEXT, from_url=A), replace(post(6, "T", 1, TEXT), source_id=18)
    one = entry("T", A, A, 1, TEXT)
    [item] = key_entries([one], SOURCE).items
    known = {A: own, "17:" + A: replace(own, kind="guid"), item.keys.synthetic_by_guid: other}
    assert [seen.post_id for seen in decide([one], SOURCE, known).seen] == [5]


def test_a_link_of_several_commentaries_is_about_no_article_of_its_own():
    entries = [walk(), replace(walk("https://example.com/2026/run"), title="Running", summary="跑步" * 20)]
    decisions = decide(entries, SOURCE, {})
    assert [(fresh.from_url, keys_of(fresh.keys)) for fresh in decisions.fresh] == [
        (WALK, [("link", WALK), ("guid", "17:" + WALK)]),
        (
            "https://example.com/2026/run",
            [("link", "https://example.com/2026/run"), ("guid", "17:https://example.com/2026/run")],
        ),
    ]


def test_an_address_that_an_article_has_already_is_not_given_again():
    stored = post(5, "Walks", 9, "别的文字" * 10, from_url=WALK, kind="canonical")
    [fresh] = decide([walk()], WITHOUT_PAGES, {WALK: stored}).fresh
    assert fresh.from_url == LINKED
    assert WALK not in [key.key for key in fresh.keys]


@pytest.mark.parametrize(
    ("known", "one", "said"),
    [
        ({WALK: post(5, "Why I walk", 1, TEXT, from_url=WALK)}, walk(), "5: its own URL is known"),
        ({A: LISTED_BY_OTHER}, entry("Storm", A, None, 1, TEXT), "5: the link is known, in the words of another site"),
        ({A: LISTED_BY_OTHER}, entry("Sun", A, None, 2, OTHER_TEXT), f"new: {STRANGER}"),
        ({A: replace(LISTED_BY_OTHER, of_own_site=True)}, entry("Sun", A, None, 2, OTHER_TEXT), "5: the link is known"),
        ({A: replace(LISTED_BY_OTHER, source_id=17)}, entry("Storm", A, None, 1, TEXT), "5: the link is known"),
        (
            {A: replace(LISTED_BY_OTHER, source_id=17, kind="about")},
            entry("Storm", A, None, 1, TEXT),
            "5: the link is known, in the words of another site",
        ),
        ({LINKED: OF_OWNER}, entry("Bridge reopens", LINKED, None, 2, "12"), "5: the link is known"),
        ({LINKED: OF_OWNER}, walk(), f"new: {STRANGER}"),
        # A source's own article stays its own, whatever else it says now.
        ({LINKED: OF_OWNER, "17:note-7": OF_OWNER}, walk("note-7"), "5: link and guid are known"),
        ({LINKED: replace(OF_OWNER, source_id=17)}, walk("note-7"), f"new: {STRANGER}"),
    ],
)
def test_whose_words_stand_under_a_link(known, one, said):
    assert verdicts(judge([one], known), 1) == [said]


def test_the_own_site_takes_over_a_listing_by_another():
    one = replace(entry("Storm", A, "guid-5", 1, TEXT), digest="after")
    for digest in (None, "before", "after"):
        [seen] = decide([one], SOURCE, {A: replace(LISTED_BY_OTHER, digest=digest)}).seen
        assert (seen.post_id, seen.takes_over, seen.changed) == (5, True, True)
        assert keys_of(seen.new_keys) == [("guid", "17:guid-5")]
        assert seen.entry == one


def test_a_listing_of_another_site_does_not_take_over():
    for known in (OF_OWNER, replace(OF_OWNER, of_own_site=False)):
        [seen] = decide([entry("Bridge reopens", LINKED, "guid-5", 1, TEXT)], SOURCE, {LINKED: known}).seen
        assert (seen.post_id, seen.takes_over, seen.changed) == (5, False, False)


def test_the_own_article_gets_the_link_that_a_commentary_had():
    known = {STORM: replace(LISTED_BY_OTHER, from_url=STORM, title="Rain", text=OTHER_TEXT)}
    twice = [entry("Storm", STORM, "guid-5", 1, TEXT), entry("Storm", STORM, "guid-5", 1, TEXT + "。")]
    decisions = decide(twice, SOURCE, known)
    [fresh] = decisions.fresh
    assert fresh.from_url == STORM
    assert [kind for kind, _ in keys_of(fresh.keys)] == ["link", "guid", "number"]
    assert decisions.repeated == 1


@pytest.mark.parametrize(
    ("known", "guid", "link"),
    [
        # It is stored under the address of its own, or a synthetic one: it says so again, with its link in the text.
        ({WALK: replace(post(5, "Why I walk", 2), from_url=WALK)}, WALK, WALK),
        (
            {
                LINKED: replace(OF_OWNER, post_id=6),
                "17:note-7": replace(post(5, "Why I walk", 2), from_url=LINKED + "#guid=note-7"),
            },
            *("note-7", LINKED + "#guid=note-7"),
        ),
        # Nor does one of another address, and a listing keeps its link.
        ({"17:" + WALK: replace(post(5, "Why I walk", 2), from_url=WALK + "s")}, WALK, LINKED),
        (
            {
                LINKED: replace(OF_OWNER, post_id=6),
                "17:note-7": replace(post(5, "Why I walk", 2), from_url=WALK + "s"),
            },
            *("note-7", LINKED),
        ),
        ({LINKED: replace(post(5, "Why I walk", 2), from_url=LINKED)}, "note-7", LINKED),
        ({LINKED: replace(post(5, "Why I walk", 2), from_url=LINKED)}, WALK, LINKED),
        ({"17:note-7": replace(post(5, "Why I walk", 2), from_url=LINKED + "#guid=note-7")}, "note-7", LINKED),
    ],
)
def test_an_entry_seen_again_has_the_address_of_its_post(known, guid, link):
    [seen] = decide([walk(guid)], SOURCE, known).seen
    assert seen.post_id == 5
    assert (seen.entry.link, seen.entry.summary) == (link, OTHER_TEXT + (ABOUT_LINKED if link != LINKED else ""))


def test_a_link_of_several_articles_is_taken_over_from_nobody():
    entries = [entry("Storm", A, None, 1, TEXT), entry("Rain", A, None, 2, OTHER_TEXT)]
    said = verdicts(judge(entries, {A: LISTED_BY_OTHER}), 2)
    assert said[0] == "5: the link is known: same title and date and text"
    assert said[1].startswith("new: the link is known, but as another article")


def test_two_listings_of_another_site_in_one_document_are_one_article():
    entries = [entry("Bridge", LINKED, None, None, TEXT), entry("River", LINKED, None, None, TEXT + "续")]
    assert verdicts(judge(entries, {}), 2) == [f"new: {STRANGER}", "again"]


def shared_keys(entries, known=None) -> list[list[str]]:
    """The keys of each fresh entry that are stored as keys of several articles."""
    decisions = decide(entries, SOURCE, known or {})
    return [[key.key for key in fresh.keys if key.kind == "shared"] for fresh in decisions.fresh]


@pytest.mark.parametrize(
    ("entries", "known", "shared"),
    [
        ([entry("Storm", HOME, None, 1), entry("Rain", HOME, None, 2)], {}, [[HOME], []]),
        ([entry("Storm", None, "g", 1), entry("Rain", None, "g", 2)], {}, [["17:g"], []]),
        ([entry("Storm", HOME, "g", 1), entry("Rain", HOME, "g", 2)], {}, [[HOME, "17:g"], []]),
        # A guid that says little is no key of its own, but nor do several articles have it.
        ([entry("Storm", HOME, "1", 1), entry("Rain", HOME, "2", 2)], {}, [[HOME], []]),
        ([entry("Storm", HOME, "guid-1", 1), entry("Rain", HOME, "guid-2", 2)], {}, [[], []]),
        ([entry("Storm", A, "guid-1", 1), entry("Rain", A, "guid-2", 2)], {}, [[A], []]),
        ([entry("Storm", A, "g", 1), entry("Rain", B, "g", 2)], {}, [[], []]),
        ([entry("Storm", A, None, 1)], {}, [[]]),
        (
            [entry("Storm", HOME, None, 1), entry("Rain", HOME, None, 2)],
            {HOME: post(5, "Snow", 9, kind="shared")},
            [[], []],
        ),
        ([entry("Storm", HOME, None, 1), entry("Rain", HOME, None, 2)], {HOME: post(5, "Snow", 9)}, [[HOME], []]),
    ],
)
def test_a_key_of_several_articles_is_stored_once(entries, known, shared):
    assert shared_keys(entries, known) == shared


RAIN = post(6, "Rain", 8, OTHER_TEXT)


@pytest.mark.parametrize(
    ("one", "known", "keys"),
    [
        (entry("Storm", A, "guid-5", 1, TEXT), {A: post(5, "Storm", 1)}, [("guid", "17:guid-5")]),
        (entry("Storm", A, "guid-5", 1, TEXT), {"17:guid-5": post(5, "Storm", 1)}, [("link", A)]),
        # One of its keys leads to another post, the other one to this.
        (entry("Storm", A, "guid-6", 1, TEXT), {A: post(5, "Storm", 1, TEXT), "17:guid-6": RAIN}, []),
        (entry("Storm", A, "guid-5", 1, TEXT), {A: RAIN, "17:guid-5": post(5, "Storm", 1, TEXT)}, []),
    ],
)
def test_the_keys_that_an_entry_adds_to_its_post(one, known, keys):
    [seen] = decide([one], SOURCE, known).seen
    assert (seen.post_id, keys_of(seen.new_keys)) == (5, keys)


def test_the_keys_that_an_entry_adds_by_its_number():
    document = key_entries([entry("Storm", STORM, None, 1, TEXT)], SOURCE)
    number = document.items[0].keys.number
    assert number
    [seen] = decide_keyed(document, SOURCE, {number: post(5, "Storm", 1, TEXT)}).seen
    assert (seen.post_id, keys_of(seen.new_keys)) == (5, [("link", STORM)])


def test_an_entry_whose_keys_are_all_of_others_is_known_by_what_it_says():
    one = entry("Storm", A, None, 2, TEXT)
    gone = post(5, "Storm", 1, TEXT, from_url=A + "#guid=sha256:00")
    document = key_entries([one], SOURCE)
    [seen] = decide_keyed(document, SOURCE, {A: RAIN}, gone=[gone]).seen
    assert (seen.post_id, keys_of(seen.new_keys)) == (5, [("link", document.items[0].keys.synthetic_by_hash)])


@pytest.mark.parametrize("guid", [None, "guid-6"])
def test_only_the_post_of_the_link_is_taken_over(guid):
    one = entry("Storm", A, guid, 1, TEXT)
    document = key_entries([one], SOURCE)
    other = replace(LISTED_BY_OTHER, post_id=6, from_url=B)
    known = {A: LISTED_BY_OTHER, document.items[0].keys.synthetic_by_hash: other, "17:guid-6": other}
    [seen] = decide_keyed(document, SOURCE, known).seen
    assert (seen.post_id, seen.takes_over) == (6, False)
