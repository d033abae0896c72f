"""Evidence: whether two accounts of an article are of one article, when their keys do not settle it."""

import re
from dataclasses import dataclass

from ingestd.identity.keys import published_ms
from ingestd.model.feed import Entry
from ingestd.model.post import KnownPost
from ingestd.text.plain_text import plain_text

#: Characters of a text that are compared.
TEXT_WINDOW = 2000

_NOT_WORD = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Profile:
    """What of an article is compared, whoever tells it: the time in epoch milliseconds, the opening of its text."""

    title: str
    published_ms: int | None
    text: str
    enclosures: frozenset[str] = frozenset()

    @classmethod
    def of_entry(cls, entry: Entry) -> "Profile":
        """From an entry, by the opening of its content or else its summary."""
        text = plain_text((entry.content or entry.summary)[: 4 * TEXT_WINDOW])
        files = frozenset(enclosure.url for enclosure in entry.enclosures)
        return cls(entry.title, published_ms(entry), text[:TEXT_WINDOW], files)

    @classmethod
    def of_post(cls, post: KnownPost) -> "Profile":
        """From a known post."""
        return cls(post.title, post.published_ms, post.text[:TEXT_WINDOW], frozenset(post.enclosures))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What four witnesses say: True for one article, False for two, None where one has nothing to say."""

    title: bool | None
    published: bool | None
    text: bool | None
    enclosure: bool | None

    @property
    def score(self) -> int:
        """Above 0 for one article, below 0 for two: a text outweighs a title, a file outweighs a text."""
        weights = ((self.title, 1), (self.published, 1), (self.text, 2), (self.enclosure, 3))
        return sum(weight if verdict else -weight for verdict, weight in weights if verdict is not None)

    @property
    def speaks(self) -> bool:
        """Whether any witness says that it is one article."""
        return any((self.title, self.published, self.text, self.enclosure))

    @property
    def is_silent(self) -> bool:
        """Whether no witness has anything to say."""
        return self.title is self.published is self.text is self.enclosure is None

    @property
    def is_copy(self) -> bool:
        """Whether it is one article in two places: the text says so, and neither title nor date denies it."""
        return self.text is True and self.title is not False and self.published is not False

    @property
    def is_next_issue(self) -> bool:
        """Whether title and published time both deny it: of a series, every issue may say nearly the same."""
        return self.title is False and self.published is False

    @property
    def is_same_issue(self) -> bool:
        """Whether title and published time agree."""
        return self.title is True and self.published is True

    def __str__(self) -> str:
        """In words, for whoever asks why."""
        names = (("title", self.title), ("date", self.published), ("text", self.text), ("file", self.enclosure))
        same = [name for name, verdict in names if verdict]
        differ = [name for name, verdict in names if verdict is False]
        said = [f"same {' and '.join(same)}"] * bool(same) + [f"other {' and '.join(differ)}"] * bool(differ)
        return ", ".join(said) or "nothing to compare"


def weigh(a: Profile, b: Profile) -> Evidence:
    """The evidence that two profiles are of one article."""
    return Evidence(
        similar_titles(a.title, b.title),
        None if a.published_ms is None or b.published_ms is None else a.published_ms == b.published_ms,
        similar_texts(a.text, b.text),
        bool(a.enclosures & b.enclosures) if a.enclosures and b.enclosures else None,
    )


def similar_titles(a: str, b: str) -> bool | None:
    """Whether two titles name one article; None where either is missing.

    Titles that differ in a number do not: they are issues of a series, however alike they look.
    """
    a, b = plain_title(a), plain_title(b)
    if not a or not b:
        return None
    if a == b:
        return True
    if sorted(_DIGITS.findall(a)) != sorted(_DIGITS.findall(b)):
        return False
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= 6 and shorter in longer:
        return True  # with and without the name of the site
    pairs_a, pairs_b = _grams(a, 2), _grams(b, 2)
    return 2 * len(pairs_a & pairs_b) / (len(pairs_a) + len(pairs_b)) >= 0.6  # Dice's coefficient


def numbered_apart(a: str, b: str) -> bool:
    """Whether two titles differ in their numbers."""
    return bool(a and b) and sorted(_DIGITS.findall(plain_title(a))) != sorted(_DIGITS.findall(plain_title(b)))


def plain_title(title: str) -> str:
    """A title for comparison: words only, no case, 300 characters at most."""
    return _NOT_WORD.sub(" ", title[:300].casefold()).strip()


def similar_texts(a: str, b: str) -> bool | None:
    """Whether one text holds most of the other's wording; None where either is short or it is unclear."""
    a, b = (_NOT_WORD.sub("", text[:TEXT_WINDOW].casefold()) for text in (a, b))
    if a == b:
        return True if a else None
    if min(len(a), len(b)) < 30:
        return None
    grams_a, grams_b = _grams(a, 5), _grams(b, 5)
    share = len(grams_a & grams_b) / min(len(grams_a), len(grams_b))
    if 0.15 <= share < 0.5:
        return None
    return share >= 0.5


def _grams(text: str, size: int) -> frozenset[str]:
    return frozenset(text[i : i + size] for i in range(max(1, len(text) - size + 1)))
