"""Labelled pairs of texts: which are near-duplicates, and which only look like some. Drawn from a fixed seed.

The label says what an editor would: whether the one is the other's story in nearly its words. It follows from how a
pair was made, never from how it is compared.
"""

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TEXTS = tomllib.loads(Path(__file__).with_name("near_duplicate_texts.toml").read_text())
_PAGES = tomllib.loads((Path(__file__).parent.parent / "bench/page_texts.toml").read_text())
LANGUAGES = ("en", "zh-Hans", "ru")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, how the pair was made, whether both are of one site, and whether they are near-duplicates."""

    kind: str
    one: str
    other: str
    in_site: bool
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class _Story:
    """An article as its sentences, in a language."""

    language: str
    sentences: tuple[str, ...]

    def text(self) -> str:
        """The article, three sentences a paragraph."""
        parts = [self.sentences[at : at + 3] for at in range(0, len(self.sentences), 3)]
        return "\n".join(_joined(self.language, part) for part in parts)


def _joined(language: str, sentences: Any) -> str:
    return ("" if language.startswith("zh") else " ").join(sentences)


def pairs(seed: int = 17, rounds: int = 14) -> list[Pair]:
    """Every kind of pair in every language, `rounds` times; rounds differ in texts, places, numbers and changes."""
    draw = random.Random(seed)
    return [pair for _ in range(rounds) for language in LANGUAGES for pair in _round(draw, language)]


def _round(draw: random.Random, language: str) -> Iterator[Pair]:
    for name, change in _CHANGES.items():
        story = _story(draw, language)
        yield Pair(name, story.text(), change(draw, story), name in _WITHIN_SITES, True)
    one, other = draw.sample(list(_CHANGES.values())[:5], 2)
    story = _story(draw, language)
    yield Pair("two reprints of one story", one(draw, story), other(draw, story), False, True)
    for name, make in _OTHERS.items():
        yield Pair(name, *make(draw, language), name in _SERIES, False)


def _story(draw: random.Random, language: str) -> _Story:
    return _story_about(draw, language, draw.choice(_topics(language)))


def _topics(language: str) -> list[dict[str, Any]]:
    return [*_PAGES[language]["topics"], *_TEXTS[language].get("topics", [])]


def _story_about(draw: random.Random, language: str, topic: dict[str, Any]) -> _Story:
    place, who = draw.choice(_PAGES[language]["places"]), draw.choice(_PAGES[language]["people"])
    filled = (line.format(place=place, who=who, n=draw.randint(3, 90)) for line in topic["sentences"])
    return _Story(language, tuple(filled))


# Near-duplicates


def _edited(draw: random.Random, story: _Story) -> str:
    """A word in fifteen to forty replaced by another one of the story, or left out."""
    share = 1 / draw.randint(15, 40)
    words = re.findall(r"\w{1,2}|\W" if story.language == "zh-Hans" else r"\w+|\W+", story.text())
    letters = [word for word in words if word[0].isalnum()]
    return "".join(
        draw.choice((draw.choice(letters), "")) if word[0].isalnum() and draw.random() < share else word
        for word in words
    )


def _other_headline(draw: random.Random, story: _Story) -> str:
    """The headline and a link to other articles got into the text."""
    own = _TEXTS[story.language]
    return f"{draw.choice(own['headlines'])}\n{story.text()}\n{draw.choice(own['related'])}"


def _cut(draw: random.Random, story: _Story) -> str:
    """The last fifth to half are missing."""
    kept = round(len(story.sentences) * draw.uniform(0.5, 0.8))
    return _Story(story.language, story.sentences[:kept]).text()


def _with_agency(draw: random.Random, story: _Story) -> str:
    """A line of the agency before the text, and credits behind it."""
    own = _TEXTS[story.language]
    return f"{draw.choice(own['agency'])}{story.text()}\n{draw.choice(own['credit'])}"


def _house_style(draw: random.Random, story: _Story) -> str:
    """Other quotation marks, dashes and paragraphs; a sentence left out."""
    left_out = draw.randrange(1, len(story.sentences))
    kept = [line for n, line in enumerate(story.sentences) if n != left_out]
    style = str.maketrans({"“": "「", "”": "」", "—": "-", "’": "'", "，": ",", "：": ":"})
    return "\n\n".join(kept).translate(style)


def _with_own_lines(draw: random.Random, story: _Story) -> str:
    """Two sentences of the outlet's own within the text."""
    lines = list(story.sentences)
    for line in _TEXTS[story.language]["insert"]:
        lines.insert(draw.randrange(1, len(lines)), line)
    return _Story(story.language, tuple(lines)).text()


def _other_order(draw: random.Random, story: _Story) -> str:
    """A paragraph moved to another place."""
    lines, at = list(story.sentences), draw.randrange(1, len(story.sentences) - 3)
    return _Story(story.language, tuple(lines[:at] + lines[at + 2 :] + lines[at : at + 2])).text()


def _corrected(draw: random.Random, story: _Story) -> str:
    """Under another address of its own site, with one number corrected and a note of that."""
    text = re.sub(r"\d+", lambda match: str(int(match[0]) + 1), story.text(), count=1)
    return f"{text}\n{draw.choice(_TEXTS[story.language]['related'])}"


_CHANGES: dict[str, Callable[[random.Random, _Story], str]] = {
    "small edits": _edited,
    "another headline": _other_headline,
    "a cut": _cut,
    "an agency's lines": _with_agency,
    "another house style": _house_style,
    "lines of its own": _with_own_lines,
    "another order": _other_order,
    "a correction": _corrected,
}
_WITHIN_SITES = ("a correction", "another headline")


# Others


def _unrelated(draw: random.Random, language: str) -> tuple[str, str]:
    one, other = draw.sample(_topics(language), 2)
    return _story_about(draw, language, one).text(), _story_about(draw, language, other).text()


def _one_topic(draw: random.Random, language: str) -> tuple[str, str]:
    """Two articles about one thing, each in its own words, but for a sentence that both quote."""
    lines = list(_story(draw, language).sentences)
    draw.shuffle(lines)
    half = len(lines) // 2
    return tuple(_Story(language, tuple(part)).text() for part in (lines[:half], [*lines[half:], lines[0]]))  # type: ignore[return-value]


def _translation(draw: random.Random, language: str) -> tuple[str, str]:
    story = draw.choice(_TEXTS["translations"])
    return story[language], story[draw.choice([other for other in LANGUAGES if other != language])]


def _boilerplate(draw: random.Random, language: str) -> tuple[str, str]:
    """Two articles of one site with the same lines below, which are about as long as the article."""
    below = draw.choice(_TEXTS[language]["boilerplate"])
    one, other = (
        _Story(language, _story_about(draw, language, topic).sentences[: draw.randint(2, 6)]).text()
        for topic in draw.sample(_topics(language), 2)
    )
    return f"{one}\n{below}", f"{other}\n{below}"


def _series(draw: random.Random, language: str) -> tuple[str, str]:
    """Two reports of one series: the same template with other numbers or names."""
    template = draw.choice(_TEXTS[language]["series"])
    return _report(draw, language, template), _report(draw, language, template)


def _report(draw: random.Random, language: str, template: str) -> str:
    own = _TEXTS[language]
    fill = {name: own[name] for name in ("sky", "wind", "moved", "day")} | {"n": [str(n) for n in range(10, 60)]}
    fill |= {"place": _PAGES[language]["places"], "who": _PAGES[language]["people"]}
    return re.sub(r"\{(\w+)\}", lambda match: draw.choice(fill[match[1]]), template)


def _flash(draw: random.Random, language: str) -> tuple[str, str]:
    """A line that several outlets have: too short to say where it came from."""
    line = draw.choice(_TEXTS[language]["flash"])
    return line, line


def _follow_up(draw: random.Random, language: str) -> tuple[str, str]:
    """Two days' news of one story, with the same background."""
    own = _TEXTS[language]
    one, other, background = own["follow_news"][:5], own["follow_news"][5:], own["follow_background"]
    earlier = _Story(language, (*one, *draw.sample(background, 2)))
    later = _Story(language, (*other, *draw.sample(background, 3)))
    return earlier.text(), later.text()


_OTHERS: dict[str, Callable[[random.Random, str], tuple[str, str]]] = {
    "unrelated": _unrelated,
    "one topic": _one_topic,
    "a translation": _translation,
    "boilerplate": _boilerplate,
    "a series": _series,
    "a series of two sites": _series,
    "a flash": _flash,
    "a follow-up": _follow_up,
    "a follow-up elsewhere": _follow_up,
}
_SERIES = ("boilerplate", "a series", "a follow-up")
