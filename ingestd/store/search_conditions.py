"""SQL conditions for "this post contains that": literal SQL that runs in any sqlite3 or psql.

The index tells exactly which posts have one word, or one or two CJK letters. What has several words is asked for by all
of them, and compared with the post itself: by GLOB in SQLite, by a regular expression in PostgreSQL.
"""

from dataclasses import dataclass
from itertools import product

from ingestd.store.search_triggers import accents_removed
from ingestd.text.search.characters import ACCENTS, SPACES, WORD_BOUNDARIES, folded
from ingestd.text.search.han_variants import equal_letters
from ingestd.text.search.index_words import index_words, is_word_letter

#: For statements with literals: a driver takes a percent sign in them for a parameter otherwise.
NO_PARAMETERS = {"no_parameters": True}
#: Most boundaries of words as they are written: a short class, for GLOB.
USUAL_EDGE = "[ -/:-@[-`{-~、。，一-鿿]"


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """What there is to search with: the kind of database, and the name of its index, None for none.

    `complete` says that every post is in it; else those of `search_backlog` are not.
    """

    dialect: str
    name: str | None
    complete: bool = True


def quoted(text: str, dialect: str = "sqlite") -> str:
    """A literal of SQL that can be printed: characters that cannot are written by their codes."""
    literal = "'" + text.replace("\0", "").replace("'", "''") + "'"
    if literal.isprintable():
        return literal
    char = "char" if dialect == "sqlite" else "chr"
    return "(" + "".join(one if one.isprintable() else f"' || {char}({ord(one)}) || '" for one in literal) + ")"


def index_expression(term: str, dialect: str) -> str | None:
    """What the index must have of a post that contains `term`, a folded text; None where that is nothing."""
    words, prefix = index_words(term)
    if dialect == "sqlite":
        parts = [_any_form(word, "") for word in words] + ([_any_form(prefix, "*")] if prefix else [])
    else:
        parts = [
            f"words && ARRAY[{', '.join(quoted(form, dialect) for form in _forms(word))}]"
            for word in (*words, *([prefix] if prefix else []))
        ]
    return " AND ".join(parts) or None


def indexed(expression: str, index: SearchIndex) -> str:
    """The query for the numbers of the posts of which the index has what `expression` says."""
    if index.dialect == "sqlite":
        return f"SELECT rowid FROM {index.name} WHERE {index.name} MATCH {quoted(expression)}"
    return f"SELECT post_id FROM {index.name} WHERE {expression}"


def written(term: str, fields: tuple[str, ...], dialect: str) -> str:
    """The condition that one of `fields` of the row of `posts` contains `term`: a comparison with the post itself."""
    letters = "".join(_glob_class(char) if dialect == "sqlite" else _regex_class(char) for char in term)
    before, after = is_word_letter(term[0]), is_word_letter(term[-1])
    found = " OR ".join(_matches(f"s.{field}", letters, before, after, dialect) for field in fields)
    edge = f", (SELECT {quoted(f'[{WORD_BOUNDARIES}]', dialect)} AS edge) e" if before or after else ""
    return f"EXISTS (SELECT 1 FROM search_texts s{edge} WHERE s.id = posts.id AND ({found}))"


def labelled(label: str, fields: tuple[str, ...], dialect: str) -> str:
    """The condition that a JSON array in one of `fields` of the row of `posts` has `label`: text, or {term, scheme}."""
    sought = quoted(label, dialect)
    if dialect == "sqlite":
        term = "CASE type WHEN 'object' THEN json_extract(value, '$.term') ELSE value END"
        each = "SELECT 1 FROM json_each(posts.{field}) WHERE lower({term}) = {sought}"
    else:
        term = "coalesce(v ->> 'term', v #>> '{}')"
        each = 'SELECT 1 FROM jsonb_array_elements(posts.{field}::jsonb) v WHERE lower({term} COLLATE "C") = {sought}'
    found = " OR ".join(f"EXISTS ({each.format(field=field, term=term, sought=sought)})" for field in fields)
    return found if len(fields) == 1 else f"({found})"


def _matches(column: str, letters: str, before: bool, after: bool, dialect: str) -> str:
    head, tail = ("edge || " if before else ""), (" || edge" if after else "")
    if dialect != "sqlite":
        return f"{column} ~ ({head}{quoted(letters, dialect)}{tail})"
    anywhere = f"{column} GLOB {quoted(f'*{letters}*')}"
    if not before and not after:
        return anywhere
    # GLOB compares every character with the class of all boundaries, which is long. Few posts with the letters have
    # no boundaries there, and most have usual ones.
    usual = f"{column} GLOB {quoted(f'*{USUAL_EDGE * before}{letters}{USUAL_EDGE * after}*')}"
    return f"({anywhere} AND ({usual} OR {column} GLOB '*' || {head}{quoted(letters)}{tail} || '*'))"


def _any_form(word: str, suffix: str) -> str:
    forms = [f'"{form}"{suffix}' for form in _forms(word)]
    return forms[0] if len(forms) == 1 else f"({' OR '.join(forms)})"


def _forms(word: str) -> list[str]:
    """Every way to write a word of CJK letters; the index folds other words itself."""
    if len(word) > 2 or word.isascii():
        return [word]
    return list(dict.fromkeys(folded("".join(form)) for form in product(*map(equal_letters, word))))


def _glob_class(char: str) -> str:
    equal = equal_letters(char)
    if len(equal) == 1 and equal not in ("*", "?", "["):
        return equal
    # Within brackets `]` must be first, `^` must not be, and `-` last.
    order = sorted(equal, key=lambda one: (one != "]", one == "^", one == "-"))
    return f"[{''.join(order)}]"


def _regex_class(char: str) -> str:
    equal = "".join(f"\\{one}" if one.isascii() and not one.isalnum() else one for one in equal_letters(char))
    return equal if equal in (char, f"\\{char}") else f"[{equal}]"


# The view `search_texts`


def sqlite_texts() -> str:
    """The query of the view in SQLite: texts without combining accents, with one kind of space, between two spaces."""
    shown = []
    for name in ("title", "text", "author"):
        text = accents_removed(name)
        for space in SPACES:
            text = f"replace({text}, char({ord(space)}), ' ')"
        shown.append(f"' ' || {text} || ' ' AS {name}")
    return f"SELECT id, {', '.join(shown)} FROM posts"


def server_texts() -> str:
    """The query of the view in PostgreSQL."""
    shown = (
        f"' ' || translate(regexp_replace({name}, '[{ACCENTS}]', '', 'g'), '{SPACES}', '{' ' * len(SPACES)}') || ' '"
        f" AS {name}"
        for name in ("title", "text", "author")
    )
    return f"SELECT id, {', '.join(shown)} FROM posts"
