"""Evidence that two descriptions are of one article, for where their keys do not decide: title, time, text, files."""

import re
from dataclasses import dataclass

from ingestd.identity.keys import published_ms
from ingestd.model.feed import Entry
from ingestd.model.post import KnownPost, Post
from ingestd.text.plain_text import plain_text

#: The length of the opening of a text that is compared.
COMPARED_TEXT_CHARS = 2000

#: The letters and digits that a text must have to be compared with another one than itself.
MIN_COMPARED_CHARS = 30
#: The share of 5-grams of the shorter text that two texts have in common, below which they are of two articles.
MIN_SHARED_TEXT = 0.15

_NOT_WORD = re.compile(r"[\W_]+")
_WORD_CHARACTER = re.compile(r"[^\W_]")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Features:
    """What is compared of an entry or a post.

    `published_ms` is in epoch milliseconds, `text` the opening of the plain text, `enclosures` are the URLs of files
    other than images: many articles of a site may carry one image.
    """

    title: str
    published_ms: int | None
    text: str
    enclosures: frozenset[str] = frozenset()

    @classmethod
    def of_entry(cls, entry: Entry) -> "Features":
        """The features of an entry, with the text of its content, or of its summary where it has none."""
        text = plain_text((entry.content or entry.summary)[: 4 * COMPARED_TEXT_CHARS])
        files = frozenset(enclosure.url for enclosure in entry.enclosures if not enclosure.is_image)
        return cls(entry.title, published_ms(entry), text[:COMPARED_TEXT_CHARS], files)

    @classmethod
    def of_new_post(cls, post: Post) -> "Features":
        """The features of a post that is to be stored."""
        files = frozenset(enclosure.url for enclosure in post.enclosures if not enclosure.is_image)
        return cls(post.title, post.published_ms, post.text[:COMPARED_TEXT_CHARS], files)

    @classmethod
    def of_post(cls, post: KnownPost) -> "Features":
        """The features of a known post."""
        return cls(post.title, post.published_ms, post.text[:COMPARED_TEXT_CHARS], frozenset(post.enclosures))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The results of four comparisons: True for one article, False for two, None where there is nothing to compare."""

    title: bool | None
    published: bool | None
    text: bool | None
    enclosure: bool | None

    @property
    def score(self) -> int:
        """Above 0 for one article, below 0 for two. Weights: title 1, published time 1, text 2, enclosure 3."""
        weights = ((self.title, 1), (self.published, 1), (self.text, 2), (self.enclosure, 3))
        return sum(weight if verdict else -weight for verdict, weight in weights if verdict is not None)

    @property
    def supports_match(self) -> bool:
        """Whether any comparison says that it is one article."""
        return any((self.title, self.published, self.text, self.enclosure))

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be compared."""
        return self.title is self.published is self.text is self.enclosure is None

    @property
    def is_copy(self) -> bool:
        """Whether it is one article in two places: the same text, and neither another title nor another time."""
        return self.text is True and self.title is not False and self.published is not False

    @property
    def is_same_content(self) -> bool:
        """Whether title and text are the same, and no file is another."""
        return bool(self.title and self.text) and self.enclosure is not False

    @property
    def is_next_issue(self) -> bool:
        """Whether title and published time both differ: the issues of a series may have nearly the same text."""
        return self.title is False and self.published is False

    @property
    def is_same_issue(self) -> bool:
        """Whether title and published time are the same."""
        return self.title is True and self.published is True

    def __str__(self) -> str:
        """The evidence in words, for the reason of a decision."""
        names = (("title", self.title), ("date", self.published), ("text", self.text), ("file", self.enclosure))
        same = [name for name, verdict in names if verdict]
        differ = [name for name, verdict in names if verdict is False]
        parts = [f"same {' and '.join(same)}"] * bool(same) + [f"other {' and '.join(differ)}"] * bool(differ)
        return ", ".join(parts) or "nothing to compare"


def compare(a: Features, b: Features) -> Evidence:
    """The evidence that two descriptions are of one article."""
    return Evidence(
        similar_titles(a.title, b.title),
        None if a.published_ms is None or b.published_ms is None else a.published_ms == b.published_ms,
        similar_texts(a.text, b.text),
        bool(a.enclosures & b.enclosures) if a.enclosures and b.enclosures else None,
    )


def are_versions(a: Features, b: Features) -> bool:
    """Whether two entries of one document that share link and guid are versions of one article.

    They are listed side by side, so it takes more than for an entry that takes another's place: not where the titles
    differ in a number, and under different titles only where one has the other's text.
    """
    evidence = compare(a, b)
    if differ_in_numbers(a.title, b.title):
        return False
    if evidence.title is False:
        return evidence.published is not False and _contains(a.text, b.text)
    if evidence.text is not None:
        return evidence.text or (evidence.title is True and evidence.published is True)
    if not a.text or not b.text:
        return True
    return evidence.published is True or (evidence.title is True and evidence.published is None)


def _contains(a: str, b: str) -> bool:
    """Whether one text has all of the other, which is not empty."""
    shorter, longer = sorted((normalised_text(a), normalised_text(b)), key=len)
    return bool(shorter) and shorter in longer


def similar_titles(a: str, b: str) -> bool | None:
    """Whether two titles are of one article; None where either is empty.

    Titles that differ in a number are of two: the issues of a series.
    """
    a, b = normalised_title(a), normalised_title(b)
    if not a or not b:
        return None
    if a == b:
        return True
    if sorted(_DIGITS.findall(a)) != sorted(_DIGITS.findall(b)):
        return False
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= 6 and shorter in longer:
        return True  # with and without the name of the site
    pairs_a, pairs_b = _ngrams(a, 2), _ngrams(b, 2)
    return 2 * len(pairs_a & pairs_b) / (len(pairs_a) + len(pairs_b)) >= 0.6  # Dice's coefficient


def differ_in_numbers(a: str, b: str) -> bool:
    """Whether two titles differ in their numbers."""
    return bool(a and b) and sorted(_DIGITS.findall(normalised_title(a))) != sorted(
        _DIGITS.findall(normalised_title(b))
    )


def normalised_title(title: str) -> str:
    """A title for comparison: letters and digits of its first 300 characters, case folded."""
    return _NOT_WORD.sub(" ", title[:300].casefold()).strip()


def have_same_words(a: str, b: str) -> bool:
    """Whether two titles are the same for comparison."""
    # Most differ in their first letter: the rest is normalised where that is the same.
    first, other = (_WORD_CHARACTER.search(title[:300].casefold()) for title in (a, b))
    if first is None or other is None:
        return first is other
    return first[0] == other[0] and normalised_title(a) == normalised_title(b)


def similar_texts(a: str, b: str) -> bool | None:
    """Whether one text contains at least half of the other's 5-grams; None where either is short, or for 15 to 50 %."""
    a, b = normalised_text(a), normalised_text(b)
    if a == b:
        return True if a else None
    if min(len(a), len(b)) < MIN_COMPARED_CHARS:
        return None
    grams_a, grams_b = _ngrams(a, 5), _ngrams(b, 5)
    share = len(grams_a & grams_b) / min(len(grams_a), len(grams_b))
    if MIN_SHARED_TEXT <= share < 0.5:
        return None
    return share >= 0.5


def has_text_of(entry: Entry, text: str) -> bool:
    """Whether anywhere in the text of an entry stands at least 15 % of `text` (5-grams)."""
    grams = _ngrams(normalised_text(text), 5)
    whole = _NOT_WORD.sub("", plain_text(entry.content or entry.summary).casefold())
    return len(grams & _ngrams(whole, 5)) / len(grams) >= MIN_SHARED_TEXT


def normalised_text(text: str) -> str:
    """The opening of a text for comparison: its letters and digits, case folded."""
    return _NOT_WORD.sub("", text[:COMPARED_TEXT_CHARS].casefold())


def _ngrams(text: str, size: int) -> frozenset[str]:
    return frozenset(text[i : i + size] for i in range(max(1, len(text) - size + 1)))
