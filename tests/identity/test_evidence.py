"""Evidence: what title, date, text and file say when the keys of two articles do not settle it."""

from itertools import product

import pytest

from ingestd.identity.evidence import (
    Evidence,
    Features,
    are_versions,
    compare,
    differ_in_numbers,
    have_same_words,
    normalised_title,
    similar_texts,
    similar_titles,
)
from ingestd.model.feed import Enclosure
from ingestd.model.post import KnownPost
from tests.identity.make import OTHER_TEXT, TEXT, entry, new_post, post

ANSWERS = (True, False, None)


#: Every answer of title, date, text and file.
ALL = list(product(ANSWERS, repeat=4))


#: Characters that no two windows have in common unless they are the same place.
CHARS = "".join(map(chr, range(0x4E00, 0x4E00 + 200)))


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        ((True, None, None, None), 1),
        ((False, None, None, None), -1),
        ((None, True, None, None), 1),
        ((None, False, None, None), -1),
        ((None, None, True, None), 2),
        ((None, None, False, None), -2),
        ((None, None, None, True), 3),
        ((None, None, None, False), -3),
        ((False, False, False, True), -1),
        ((True, True, False, None), 0),
        ((None, None, None, None), 0),
    ],
)
def test_order_of_evidence(answers, score):
    assert Evidence(*answers).score == score


def test_properties_of_evidence():
    def those(name: str) -> list[tuple[bool | None, ...]]:
        return [answers for answers in ALL if getattr(Evidence(*answers), name) is True]

    assert those("is_empty") == [(None, None, None, None)]
    assert those("is_copy") == [(a, b, True, c) for a, b, c in product((True, None), (True, None), ANSWERS)]
    assert those("is_next_issue") == [(False, False, a, b) for a, b in product(ANSWERS, ANSWERS)]
    assert those("is_same_issue") == [(True, True, a, b) for a, b in product(ANSWERS, ANSWERS)]
    assert those("supports_match") == [answers for answers in ALL if True in answers]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((None, None, None, None), "nothing to compare"),
        ((True, None, None, None), "same title"),
        ((None, False, None, None), "other date"),
        ((True, True, False, None), "same title and date, other text"),
        ((False, None, True, False), "same text, other title and file"),
    ],
)
def test_evidence_in_words(answers, said):
    assert str(Evidence(*answers)) == said


@pytest.mark.parametrize(
    ("a", "b", "answers"),
    [
        (Features("Storm", 1, TEXT), Features("Storm", 1, TEXT), (True, True, True, None)),
        (Features("Storm", 1, TEXT), Features("Rain", 2, OTHER_TEXT), (False, False, False, None)),
        (Features("", 1, ""), Features("", None, ""), (None, None, None, None)),
        (Features("", None, ""), Features("", None, ""), (None, None, None, None)),
        (Features("", None, "", frozenset("ab")), Features("", None, "", frozenset("bc")), (None, None, None, True)),
        (Features("", None, "", frozenset("a")), Features("", None, "", frozenset("b")), (None, None, None, False)),
        (Features("", None, "", frozenset("a")), Features("", None, ""), (None, None, None, None)),
    ],
)
def test_comparison_of_two_features(a, b, answers):
    assert compare(a, b) == compare(b, a) == Evidence(*answers)


def test_features_hold_the_opening_of_the_content_else_of_the_summary():
    files = (
        Enclosure("https://x.com/1.mp3"),
        Enclosure("https://x.com/logo.png"),
        Enclosure("https://x.com/p", "image/gif"),
    )
    of = Features.of_entry(
        entry("T", None, None, 1, "what the summary says", content="<p>what it says", enclosures=files)
    )
    assert of == Features("T", 1767225600000, "what it says", frozenset({"https://x.com/1.mp3"}))
    assert Features.of_entry(entry("T", text="<b>short</b>")) == Features("T", None, "short")
    assert Features.of_entry(entry(text="x" * 3000)).text == "x" * 2000
    # Markup is read as far as four times the text that is compared.
    assert Features.of_entry(entry(text="<i></i>" * 1142 + "1234567")).text == "123456"
    assert Features.of_post(post(1, text="x" * 3000)).text == "x" * 2000


def test_features_of_a_new_post_are_those_of_the_post_when_it_is_known():
    files = (Enclosure("https://x.com/1.mp3"), Enclosure("https://x.com/logo.png"))
    of = Features.of_new_post(new_post(title="T", text="x" * 3000, published_ms=5, enclosures=files))
    assert of == Features("T", 5, "x" * 2000, frozenset({"https://x.com/1.mp3"}))
    assert of == Features.of_post(
        KnownPost(1, 17, title="T", published_ms=5, text="x" * 3000, enclosures=("https://x.com/1.mp3",))
    )


def features(title="Storm", published=1, text=TEXT):
    return Features(title, published, text)


@pytest.mark.parametrize(
    ("versions", "a", "b"),
    [
        (True, features(), features()),
        (True, features(), features(published=2)),
        (False, features(), features(text=OTHER_TEXT, published=2)),
        (True, features(), features(text=OTHER_TEXT)),
        (False, features(title=""), features(title="", text=OTHER_TEXT)),
        (False, features("Issue 1"), features("Issue 2")),
        # Under another title one must have the other's text.
        (True, features(), features("Rain", text=TEXT[:10])),
        (True, features("Rain", published=None), features(text=TEXT[:10])),
        (False, features(), features("Rain", 2, TEXT[:10])),
        (False, features(), features("Rain", text="")),
        (False, features(), features("Rain", text=OTHER_TEXT)),
        # A text that is too short to be compared, and none at all.
        (True, features(text=""), features(published=2)),
        (True, features(), features(text="", published=2)),
        (True, features("", text=""), features("", 2, "")),
        (True, features(text="Short"), features()),
        (True, features("", text="Short"), features("")),
        (False, features("", text="Short"), features("", 2)),
        (True, features(text="Short"), features(published=None)),
        (False, features(text="Short"), features(published=2)),
        (False, features("", text="Short"), features("", None)),
    ],
)
def test_entries_of_one_document_that_share_link_and_guid(versions, a, b):
    assert are_versions(a, b) is are_versions(b, a) is versions


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("5 dead on day 3", "On day 3: 5 dead", True),
        ("暴雨", "大暴雨", True),
        # One title holds the other.
        ("Storm closes roads", "Storm closes roads: news of the whole wide world, every day", True),
        ("Storm closes roads", "A day of news, of the whole wide world: storm closes roads", True),
        ("abcdef", "zyxwv abcdef utsrq ponml kjihg fedcb", True),
        ("abcde", "zyxwv abcde utsrq ponml kjihg fedcb", False),
        # Three of five pairs of characters are the same; three of six.
        ("abcdef", "abcdxy", True),
        ("abcdefg", "abcdxyz", False),
    ],
)
def test_titles_that_are_nearly_alike(a, b, same):
    assert similar_titles(a, b) is same
    assert similar_titles(b, a) is same


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("Report 12", "Report 13", True),
        ("Report 12", "Report", True),
        ("5 dead on day 3", "On day 3: 5 dead", False),
        ("Report 12", "", False),
        ("", "Report 12", False),
        ("", "", False),
    ],
)
def test_titles_with_other_numbers(a, b, apart):
    assert differ_in_numbers(a, b) is apart
    assert differ_in_numbers(b, a) is apart


def test_titles_are_compared_by_their_words():
    assert normalised_title(" Storm: closes_ROADS! ") == "storm closes roads"
    assert normalised_title("x" * 299 + "yz") == "x" * 299 + "y"


def share(common: int, *, at_end: bool = False) -> tuple[str, str]:
    """Two texts of 44 characters, 40 windows of five, that have so many windows in common."""
    same = common + 4
    if at_end:
        return CHARS[:44], CHARS[100 : 144 - same] + CHARS[44 - same : 44]
    return CHARS[:44], CHARS[:same] + CHARS[100 : 144 - same]


@pytest.mark.parametrize(
    ("texts", "same"),
    [
        (share(1), False),
        (share(5), False),
        (share(5, at_end=True), False),
        (share(6), None),
        (share(12), None),
        (share(19), None),
        (share(20), True),
        ((CHARS[:30], CHARS[100:130]), False),
        ((CHARS[:29], CHARS[100:129]), None),
        ((CHARS[:30], CHARS[:190]), True),
        ((OTHER_TEXT, OTHER_TEXT.upper()), True),
        ((" ".join(CHARS[:40]), CHARS[:40]), True),
        # 2,000 characters are compared, whatever they are.
        ((" " * 1999 + "ab", " " * 1999 + "ac"), True),
    ],
)
def test_texts_that_are_partly_alike(texts, same):
    a, b = texts
    assert similar_texts(a, b) is same
    assert similar_texts(b, a) is same


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
    assert similar_titles(a, b) is same
    assert similar_titles(b, a) is same


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
    assert similar_texts(a, b) is same
    assert similar_texts(b, a) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *product(("", "  ", "Storm", "storm!", "'Storm'", "_storm", "Sturm", "https://a.example/1"), repeat=2),
        ("Straße", "STRASSE"),
        ("ßa", "ssa"),
        ("\ufb01n", "fin"),
        ("\u0130x", "ix"),
        ("x" * 300 + "y", "x" * 300 + "z"),
        (" " * 300 + "y", " " * 300 + "z"),
    ],
)
def test_titles_have_the_same_words_where_they_are_the_same_when_normalised(one, other):
    assert have_same_words(one, other) == (normalised_title(one) == normalised_title(other))
