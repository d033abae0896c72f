"""Which entries of a feed a source leaves out: its rules `keep` and `block`, and the age bound of its first poll. Pure.

An entry is taken where no rule of `block` matches and, if there are rules of `keep`, one of them does.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from ingestd.config.filter_rules import FilterRule, parse_filter_rule
from ingestd.model.feed import Entry
from ingestd.model.source import Source
from ingestd.text.plain_text import plain_text

#: Why an entry was left out that no rule of `keep` matches, one that was too old at the first poll, and one of a
#: sitemap that is left to a backfill.
NOT_KEPT, TOO_OLD, HISTORY = "keep", "max_age", "history"
#: CPU seconds that one expression may take for one text. After so many that took longer, no other is tried on a feed.
MAX_EXPRESSION_S = 0.1
MAX_SLOW_EXPRESSIONS = 10
#: Characters of a text that rules look at.
MAX_MATCHED_CHARS = 100_000


def rules_digest(source: Source) -> str | None:
    """What identifies the rules of a source; None where it has none. Other rules need the whole feed anew."""
    if not has_rules(source):
        return None
    text = json.dumps([source.keep, source.block, source.max_age_s is not None], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def has_rules(source: Source) -> bool:
    """Whether a source may leave entries out."""
    return bool(source.keep or source.block or source.max_age_s is not None)


def still_holds(rule: str, source: Source) -> bool:
    """Whether an entry that `rule` has left out stays so, whatever it says now.

    One that no rule of `keep` matched is judged by what it says now.
    """
    if rule == HISTORY:
        return source.kind == "sitemap"
    return rule in source.block or (rule == TOO_OLD and source.max_age_s is not None)


@dataclass(slots=True)
class LeftOut:
    """What the rules leave out of a feed: the rule by the position of the entry; `slow` are rules that took too long.

    Such a rule leaves out nothing: an entry that cannot be judged is taken.
    """

    rules: dict[int, str] = field(default_factory=dict)
    slow: list[str] = field(default_factory=list)


def left_out(entries: Iterable[Entry], source: Source, *, not_before: datetime | None = None) -> LeftOut:
    """The entries that a source leaves out. At its first poll those from before `not_before` are among them."""
    found = LeftOut()
    if not has_rules(source):
        return found
    keep, block = _parsed(source.keep), _parsed(source.block)
    for position, entry in enumerate(entries):
        texts = _Texts(entry)
        rule = next((rule.text for rule in block if _matches(rule, texts, found, in_doubt=False)), None)
        if rule is None and keep and not any(_matches(rule, texts, found, in_doubt=True) for rule in keep):
            rule = NOT_KEPT
        if rule is None and not_before is not None and _is_before(entry, not_before):
            rule = TOO_OLD
        if rule is not None:
            found.rules[position] = rule
    return found


@lru_cache(maxsize=1024)
def _parsed(rules: tuple[str, ...]) -> tuple[FilterRule, ...]:
    return tuple(map(parse_filter_rule, rules))


def _is_before(entry: Entry, moment: datetime) -> bool:
    stamp = entry.published or entry.updated
    return stamp is not None and stamp.utc < moment


class _Texts:
    """The texts of an entry by field, made when they are asked for: the plain text is costly."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._made: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """The texts of a field."""
        if name not in self._made:
            texts = _READERS[name](self._entry) if name != "any" else self._all()
            self._made[name] = tuple(text[:MAX_MATCHED_CHARS] for text in texts if text)
        return self._made[name]

    def _all(self) -> Sequence[str]:
        return [text for name in _READERS for text in self.of(name)]


def _urls(entry: Entry) -> Sequence[str]:
    """The addresses of an entry, as written and with what is percent-encoded in them as characters."""
    written = [url for url in (entry.link, *entry.other_links) if url] or [entry.guid or ""]
    return [*written, *(plain for url in written if (plain := unquote(url)) != url)]


_READERS: dict[str, Callable[[Entry], Sequence[str]]] = {
    "title": lambda entry: (entry.title,),
    "url": _urls,
    "author": lambda entry: entry.authors,
    "category": lambda entry: [category.term for category in entry.categories],
    "text": lambda entry: [plain_text(markup) for markup in (entry.summary, entry.content) if markup],
}


def _matches(rule: FilterRule, texts: _Texts, found: LeftOut, *, in_doubt: bool) -> bool:
    """Whether a rule matches one of the texts of its field; `in_doubt` where its expression takes too long."""
    if rule.expression is None:
        word = _word_pattern(rule.word)
        return any(word.search(text) is not None for text in texts.of(rule.field))
    try:
        if len(found.slow) < MAX_SLOW_EXPRESSIONS:
            search = rule.expression.search
            return any(search(text, timeout=MAX_EXPRESSION_S) is not None for text in texts.of(rule.field))
    except TimeoutError:
        found.slow.append(rule.text)
    return in_doubt


@lru_cache(maxsize=4096)
def _word_pattern(word: str) -> re.Pattern[str]:
    # Their tables take 20 ms to load, and few sources have rules.
    from ingestd.text.search.characters import folded
    from ingestd.text.search.matches import term_pattern

    return term_pattern(folded(" ".join(word.split())))
