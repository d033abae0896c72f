"""The query language: words, "phrases", OR, -not, (groups), and fields such as `title:选举` or `since:2021-04`.

    query   = group { "OR" group }
    group   = { part [ "AND" ] }
    part    = ( "-" | "NOT" ) part | "(" query ")" | [ field ":" ] ( word | phrase )

AND binds closer than OR. Operators are written in capitals; in quotation marks everything is text, and `\\"` is one.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from ingestd.text.characters import UNSEEN, ascii_small, database_text
from ingestd.text.periods import read_period
from ingestd.text.search.characters import folded
from ingestd.text.search.query import And, Contains, Dated, FromSource, Labelled, Not, Or, Query, QueryError

MAX_QUERY_CHARS = 2000
MAX_QUERY_TERMS = 50
MAX_TERM_CHARS = 100
MAX_NESTING = 20

#: What may stand around tokens. Text that was copied has characters that nobody sees, such as U+200B.
_SPACE = re.compile(rf"[\s{UNSEEN}]*")
_UNSEEN = re.compile(f"[{UNSEEN}]+")
_TOKEN = re.compile(
    r"""(?:
    (?P<open>[(（]) | (?P<close>[)）]) | (?P<not>-(?=\S))
    | (?:(?P<field>[A-Za-z_]+)[:：](?=\S))?
      (?: ["“”](?P<phrase>(?:\\.|[^"“”\\])*)(?P<end>["“”]?) | (?P<word>[^\s()（）"“”]+) )
    )""",
    re.VERBOSE | re.DOTALL,
)
_LABELS = ("tag", "category")
_PLAIN_TERM = re.compile(r"\w+")
_FIELDS = ("title", "text", "author", "source", *_LABELS, "since", "until")


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind` is open, close, not, or, and, or term; the place of the token, and that of its value."""

    kind: str
    at: int
    value: str = ""
    value_at: int = 0
    field: str | None = None


def parse_query(text: str, now: datetime) -> Query:
    """The tree of a query; ages such as `since:7d` count from `now`. Raises QueryError."""
    if len(text) > MAX_QUERY_CHARS:
        raise QueryError(f"the query is longer than {MAX_QUERY_CHARS} characters", MAX_QUERY_CHARS)
    tokens = _tokens(text)
    if not tokens:
        raise QueryError("the query is empty", 0)
    terms = [token for token in tokens if token.kind == "term"]
    if len(terms) > MAX_QUERY_TERMS:
        raise QueryError(f"the query has more than {MAX_QUERY_TERMS} terms", terms[MAX_QUERY_TERMS].at)
    parser = _Parser(tokens, len(text), now)
    query = parser.alternatives(0)
    if (rest := parser.peek()) is not None:
        raise QueryError("this parenthesis closes nothing", rest.at)
    return query


def quoted_term(text: str) -> str:
    """A text as one term of a query: as it stands, or in quotation marks."""
    if _PLAIN_TERM.fullmatch(text) and text not in ("OR", "AND", "NOT"):
        return text
    return '"' + re.sub(r'(["“”\\])', r"\\\1", text) + '"'


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = _after_space(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # every character that is no space begins a token
        tokens.append(_token(match))
        at = _after_space(text, match.end())
    return tokens


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None  # it may be empty
    return match.end()


def _token(match: re.Match[str]) -> _Token:
    start = match.start()
    for kind in ("open", "close", "not"):
        if match[kind] is not None:
            return _Token(kind, start)
    if match["phrase"] is not None:
        at = match.start("phrase")
        if not match["end"]:
            raise QueryError("this quotation mark is not closed", at - 1)
        return _Token("term", start, re.sub(r"\\(.)", r"\1", match["phrase"], flags=re.DOTALL), at, match["field"])
    if match["field"] is None and match["word"] in ("OR", "AND", "NOT"):
        return _Token(match["word"].lower(), start)
    field, word, at = match["field"], match["word"], match.start("word")
    if field is not None and field.lower() not in _FIELDS:
        if close := get_close_matches(field.lower(), _FIELDS, n=1, cutoff=0.75):
            raise QueryError(f"there is no field {field!r}: {close[0]}? (in quotation marks it is text)", start)
        field, word, at = None, match[0], start
    if field is None and word[-1] in ":：" and word[:-1].lower() in _FIELDS:
        raise QueryError(f"nothing follows {word} (in quotation marks it is text)", match.end())
    return _Token("term", start, word, at, field)


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, tokens: list[_Token], end: int, now: datetime) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = end
        self._now = now

    def peek(self) -> _Token | None:
        """The next token; None at the end."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def alternatives(self, depth: int) -> Query:
        """Groups with OR between them."""
        if depth > MAX_NESTING:
            raise QueryError(
                f"more than {MAX_NESTING} parentheses and negations are nested", self._tokens[self._next - 1].at
            )
        parts = [self._group(depth)]
        while (token := self.peek()) is not None and token.kind == "or":
            self._next += 1
            parts.append(self._group(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _group(self, depth: int) -> Query:
        parts: list[Query] = []
        wanted = True
        while (token := self.peek()) is not None and token.kind not in ("or", "close"):
            if token.kind == "and":
                if wanted:
                    raise QueryError("AND stands between two words", token.at)
                self._next += 1
                wanted = True
                continue
            parts.append(self._part(depth))
            wanted = False
        if wanted:
            at = self.peek()
            raise QueryError("a word is missing here", at.at if at else self._end)
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _part(self, depth: int) -> Query:
        token = self.peek()
        assert token is not None
        self._next += 1
        if token.kind == "term":
            return _term(token, self._now)
        if token.kind == "open":
            inner = self.alternatives(depth + 1)
            closing = self.peek()
            if closing is None:
                raise QueryError("this parenthesis is not closed", token.at)
            self._next += 1
            return inner
        following = self.peek()
        if following is None or following.kind in ("or", "and", "close"):
            raise QueryError("nothing follows the negation", token.at)
        if depth >= MAX_NESTING:
            raise QueryError(f"more than {MAX_NESTING} parentheses and negations are nested", token.at)
        return Not(self._part(depth + 1))


def _term(token: _Token, now: datetime) -> Query:
    field = token.field.lower() if token.field else None
    if field == "source":
        return FromSource(database_text(token.value))
    if field in _LABELS:
        return Labelled(field, ascii_small(database_text(token.value)))
    if field in ("since", "until"):
        return _period(token, field, now)
    term = " ".join(folded(database_text(_UNSEEN.sub("", token.value))).split())
    if not term:
        raise QueryError("this term is empty", token.value_at)
    if len(term) > MAX_TERM_CHARS:
        raise QueryError(f"this term is longer than {MAX_TERM_CHARS} characters", token.value_at)
    return Contains(term, field)


def _period(token: _Token, field: str, now: datetime) -> Dated:
    try:
        first, after = read_period(token.value, now)
    except (ValueError, OverflowError) as error:
        raise QueryError("not a date: write 2021, 2021-04, 2021-04-18 or 7d", token.value_at) from error
    return Dated(since=first) if field == "since" else Dated(until=after)
