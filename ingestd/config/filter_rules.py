"""Rules about entries, as a user writes them: `"title: word"`, `"url: /expression/"`."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

#: What a rule may look at; `any` is each of the others.
RULE_FIELDS = ("title", "url", "author", "category", "text", "any")
MAX_RULE_CHARS = 1_000
_FORM = 'a rule is written "title: word" or "url: /expression/"'
_FIELDS = f"its field is one of {', '.join(RULE_FIELDS)}"


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule: `text` as written, the field that it looks at, and a word or phrase, or an expression.

    `expression` is a compiled one of the library `regex`, None for a word.
    """

    text: str
    field: str
    word: str
    expression: Any = None


class FilterRuleError(ValueError):
    """A rule that cannot be read: why, the place, and the rule, in one line."""

    def __init__(self, reason: str, rule: str, position: int) -> None:
        line = "".join(char if char.isprintable() else "�" for char in rule[:MAX_RULE_CHARS])
        super().__init__(f'{reason} (at character {position + 1} of "{line}")')


@lru_cache(maxsize=4096)
def parse_filter_rule(text: str) -> FilterRule:
    """The rule of a text. Raises FilterRuleError."""
    if len(text) > MAX_RULE_CHARS:
        raise FilterRuleError(f"a rule has at most {MAX_RULE_CHARS} characters", text[:60], 0)
    name, colon, rest = text.partition(":")
    field = name.strip().lower()
    if not colon:
        raise FilterRuleError(f"{_FORM}; {_FIELDS}", text, 0)
    if field not in RULE_FIELDS:
        raise FilterRuleError(_FIELDS, text, len(name) - len(name.lstrip()))
    pattern = rest.strip()
    start = len(text) - len(rest.lstrip())
    if not pattern:
        raise FilterRuleError("a word or a /regular expression/ is missing behind the colon", text, len(text))
    if not pattern.startswith("/"):
        return FilterRule(text, field, _word(pattern, text, start))
    body, slash, flags = pattern[1:].rpartition("/")
    if not slash or flags not in ("", "i"):
        message = "a regular expression ends with / or /i (upper and lower case are equal)"
        raise FilterRuleError(message, text, start if not slash else start + len(body) + 2)
    if not body:
        raise FilterRuleError("the regular expression is empty: it would match everything", text, start + 1)
    return FilterRule(text, field, "", _compile(body, flags, text, start + 1))


def _word(word: str, text: str, start: int) -> str:
    if not any(char.isalnum() for char in word):
        raise FilterRuleError("the word has neither a letter nor a digit", text, start)
    return word


def _compile(body: str, flags: str, text: str, start: int) -> Any:
    import regex  # loaded for those alone who write an expression

    try:
        return regex.compile(body, regex.IGNORECASE if flags else 0)
    except regex.error as error:
        raise FilterRuleError(f"no regular expression: {error.msg}", text, start + (error.pos or 0)) from error
    except (OverflowError, RecursionError, MemoryError) as error:
        raise FilterRuleError("the regular expression is too complex", text, start) from error
