"""Whether the search index finds the posts that have a word, and no others: some words of posts and of revisions."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

#: Words that are looked for.
_WORDS = 24
_LATIN = re.compile(r"[A-Za-z]+")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")

Row = Mapping[str, Any]


def search_differences(connection: sqlite3.Connection, posts: Sequence[Row], revisions: Sequence[Row]) -> Iterator[str]:
    """One line for each word of which the index finds other posts than a look through all of them."""
    texts = {post["id"]: f"{post['title']}\n{post['text']}".casefold() for post in posts}
    if not texts:
        return
    rng = Random(f"{len(posts)} {len(revisions)}")
    old = [f"{row['title']}\n{row.get('text', '')}".casefold() for row in revisions]
    for _ in range(_WORDS):
        text = rng.choice(old if old and rng.random() < 0.3 else list(texts.values()))
        if (word := _some_word(rng, text)) is None:
            continue
        found = {row[0] for row in connection.execute("SELECT rowid FROM posts_fts WHERE posts_fts MATCH ?", (word,))}
        there = {key for key, each in texts.items() if _has(each, word)}
        if found != there:
            yield f"the index finds {word!r} in posts {sorted(found)}, and they are {sorted(there)}"


def _some_word(rng: Random, text: str) -> str | None:
    """A word of a text in quotes, as `MATCH` takes it; two letters of a text without spaces."""
    if (runs := _HAN.findall(text)) and rng.random() < 0.7:
        run = rng.choice(runs)
        start = rng.randrange(len(run) - 1)
        return f'"{run[start : start + 2]}"'
    words = _LATIN.findall(text)
    return f'"{rng.choice(words)}"' if words else None


def _has(text: str, quoted: str) -> bool:
    word = quoted.strip('"')
    return word in text if _HAN.fullmatch(word) else re.search(rf"(?<![a-z0-9]){word}(?![a-z0-9])", text) is not None
