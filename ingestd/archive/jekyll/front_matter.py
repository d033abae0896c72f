"""The front matter of a post, the lines between the two `---`: read, and written as YAML that every parser reads alike.

It is not written by a YAML library, because archives have one exact form: `title` always in double quotes, spaces
inside the brackets of `[ a, b ]`, and no quotes around a value that needs none. It is read in three steps: the exact
form, which most files have, by a pattern; other YAML by PyYAML; text that is no YAML line by line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import yaml

from ingestd.model.errors import ArchiveError
from ingestd.text.characters import has_surrogates

MAX_HEAD_CHARS = 256 * 1024

_KEYS = ("layout", "title", "date", "author", "from", "tags", "comments", "categories")
_EXACT_FORM = re.compile(
    r'layout: (?P<layout>.*)\ntitle: "(?P<title>.*)"\ndate: (?P<date>.*)\nauthor: (?P<author>.*)\nfrom: (?P<from>.*)\n'
    r"tags: \[ (?P<tags>.*) \]\n(?:comments: (?P<comments>True|False)\n)?categories: \[ (?P<categories>.*) \]"
)

# What a scalar may not hold literally on one line: all but c-printable of YAML 1.1, section 5.1; and of that the line
# breaks NEL, LS and PS, and the byte order mark. In double quotes also `"` and the backslash must be escaped.
_NOT_LITERAL = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_MUST_ESCAPE = re.compile(rf'{_NOT_LITERAL.pattern}|["\\]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
# NUL is dropped when it is read, because PostgreSQL refuses it in a text.
_UNESCAPES = {escape[1]: char.replace("\0", "") for char, escape in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\(?:x([0-9A-F]{2})|u([0-9A-F]{4})|(.))")

# A scalar needs quotes where it starts with an indicator, holds a separator of mappings or comments, or is a boolean,
# null, a number, a date or a symbol in YAML 1.1 as PyYAML or Ruby's Psych read it.
_INDICATOR_FIRST = frozenset("-?:,[]{}#&*!|>'\"%@`=<~ ")
_RESERVED = frozenset({"y", "yes", "n", "no", "true", "false", "on", "off", "null", ".inf", "+.inf", "-.inf", ".nan"})
_NUMBER_OR_DATE = re.compile(r"[+.\-]?[0-9][0-9a-fA-FxXoOtTzZ_,.:+\- ]*|[+\-]?\.[0-9][0-9eE_.+\-]*")
_FLOW_SPECIAL = frozenset(',[]{}:?"\\')


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values of the keys. `date` is the text as written; `comments` is None where the key is absent.

    `valid` is False where the text was no YAML, and was read line by line.
    """

    layout: str
    title: str
    date: str
    author: str
    from_url: str
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    comments: bool | None = None
    valid: bool = True


def quoted_title(title: str) -> str:
    """A title escaped for double quotes, without the quotes."""
    return _MUST_ESCAPE.sub(_escape, title) if _MUST_ESCAPE.search(title) else title


def dump(matter: FrontMatter) -> str:
    """The lines of a front matter, without the two `---` and the last newline: valid YAML for any values."""
    comments = "" if matter.comments is None else f"comments: {matter.comments}\n"
    return (
        f"layout: {_scalar(matter.layout)}\n"
        f'title: "{quoted_title(matter.title)}"\n'
        f"date: {matter.date}\n"
        f"author: {_scalar(matter.author)}\n"
        f"from: {_scalar(matter.from_url)}\n"
        f"tags: {_flow_list(matter.tags)}\n"
        f"{comments}"
        f"categories: {_flow_list(matter.categories)}"
    )


def load(text: str) -> FrontMatter:
    """The values of a front matter in the exact form, in other YAML, or in other text. Missing keys are empty.

    Raises ArchiveError where the text is too long, or has none of the keys.
    """
    if len(text) > MAX_HEAD_CHARS:
        raise ArchiveError(f"its front matter is longer than {MAX_HEAD_CHARS} characters")
    return _load_exact(text) or _load_yaml(text) or _load_lines(text)


def _load_exact(text: str) -> FrontMatter | None:
    """The values of a text that `dump` writes; None for any other text."""
    match = _EXACT_FORM.fullmatch(text)
    if match is None:
        return None
    tags, categories = match["tags"], match["categories"]
    tag_list = _split_flow(tags)
    matter = FrontMatter(
        layout=_unquote(match["layout"]),
        title=_unescape(match["title"]),
        date=match["date"],
        author=_unquote(match["author"]),
        from_url=_unquote(match["from"]),
        tags=tag_list,
        categories=tag_list if tags == categories else _split_flow(categories),
        comments=None if match["comments"] is None else match["comments"] == "True",
    )
    return matter if dump(matter) == text else None


def _load_yaml(text: str) -> FrontMatter | None:
    try:
        # BaseLoader builds texts, lists and mappings alone: the author `007` stays a text.
        values = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return _from_mapping(values) if isinstance(values, dict) and any(key in values for key in _KEYS) else None


def _load_lines(text: str) -> FrontMatter:
    """The values of lines `key: value`; a line that starts with no known key continues the value above it."""
    values: dict[str, str] = {}
    last = ""
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        if colon and key in _KEYS and key not in values:
            values[key], last = value.strip(), key
        elif last:
            values[last] = f"{values[last]} {line.strip()}".strip()
    if not values:
        raise ArchiveError("its front matter has no line such as `title: …`")
    loose: dict[str, object] = {
        key: _loose_list(value) if key in {"tags", "categories"} else _loose_scalar(value)
        for key, value in values.items()
    }
    return replace(_from_mapping(loose), valid=False)


def _from_mapping(values: Mapping[str, object]) -> FrontMatter:
    comments = _text(values.get("comments")).lower()
    return FrontMatter(
        layout=_text(values.get("layout")) or "post",
        title=_text(values.get("title")),
        date=_text(values.get("date")),
        author=_text(values.get("author")),
        from_url=_text(values.get("from")),
        tags=_texts(values.get("tags")),
        categories=_texts(values.get("categories")),
        comments=None if "comments" not in values else comments in {"true", "yes", "on", "y"},
    )


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_texts(value))
    return value.replace("\0", "") if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """A list of texts; a plain text is split into words, as Jekyll does."""
    if isinstance(value, list):
        return tuple(item.replace("\0", "") for item in value if isinstance(item, str))
    return tuple(value.split()) if isinstance(value, str) else ()


def _scalar(value: str) -> str:
    return value if _is_plain(value) else f'"{quoted_title(value)}"'


def _flow_list(values: tuple[str, ...]) -> str:
    if not values:
        return "[]"
    items = (
        value if _is_plain(value) and _FLOW_SPECIAL.isdisjoint(value) else f'"{quoted_title(value)}"'
        for value in values
    )
    return f"[ {', '.join(items)} ]"


def _is_plain(value: str) -> bool:
    """Whether YAML reads a text without quotes as the same text."""
    return not (
        not value
        or value[0] in _INDICATOR_FIRST
        or value[-1] in ": "
        or ": " in value
        or " #" in value
        or _NOT_LITERAL.search(value)
        or value.lower() in _RESERVED
        or _NUMBER_OR_DATE.fullmatch(value)
    )


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _ESCAPES:
        return _ESCAPES[char]
    if has_surrogates(char):
        return "\ufffd"
    return f"\\x{ord(char):02X}" if ord(char) < 256 else f"\\u{ord(char):04X}"


def _unescape(text: str) -> str:
    """The inverse of `_escape`."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _UNESCAPES.get(m[3], m[0]), text)


def _unquote(text: str) -> str:
    return _unescape(text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _split_flow(text: str) -> tuple[str, ...]:
    """The items of a flow list that `_flow_list` wrote."""
    if '"' not in text:
        return tuple(text.split(", "))
    return tuple(_unquote(item) for item in re.findall(r'"(?:[^"\\]|\\.)*"|[^,"\s][^,"]*', text))


def _loose_scalar(value: str) -> str:
    """The text of a scalar in a front matter that is no YAML, where in double quotes only `"` is escaped."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"')
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value


def _loose_list(value: str) -> list[str]:
    inner = value.removeprefix("[").removesuffix("]")
    return [_loose_scalar(item.strip()) for item in inner.split(",") if item.strip()]
