"""SQL conditions for "this post contains that": literal SQL that runs in any sqlite3 or psql.

The index tells exactly which posts have one word, or one or two CJK letters. What has several words is asked for by all
of them, and compared with the post itself: by GLOB in SQLite, by a regular expression in PostgreSQL.
"""

from dataclasses import dataclass
from itertools import product

from ingestd.store.search_triggers import accents_removed
from ingestd.text.search.characters import ACCENTS, SPACES, WORD_BOUNDARIES, folded
from ingestd.text.search.han_variants import equal_letters
from ingestd.text.search.index_words import index_words, is_one_index_word, is_word_letter


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """What there is to search with: the kind of database, and the name of its index, None for none.

    `complete` says that every post is in it; else those of `search_backlog` are not.
    """

    dialect: str
    name: str | None
    complete: bool = True


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


def contains(term: str, index: SearchIndex) -> str:
    """The condition that title or text of the row of `posts` contain `term`, a folded text that is not empty."""
    words, prefix = index_words(term)
    compared = f"EXISTS (SELECT 1 FROM search_texts s WHERE s.id = posts.id AND {_written('s', term, index.dialect)})"
    if index.name is None or not (words or prefix):
        return compared
    found = f"posts.id IN ({_indexed(index, words, prefix)})"
    if not index.complete:
        found = f"({found} OR posts.id IN (SELECT post_id FROM search_backlog))"
    elif is_one_index_word(term):
        return found
    return f"({found} AND {compared})"


def title_contains(term: str, dialect: str) -> str:
    """The condition that the title contains `term`, a folded text; for the row of `search_texts` named `s`."""
    return _written_in("s.title", term, dialect)


def _written(row: str, term: str, dialect: str) -> str:
    return f"({_written_in(f'{row}.title', term, dialect)} OR {_written_in(f'{row}.text', term, dialect)})"


def _indexed(index: SearchIndex, words: list[str], prefix: str | None) -> str:
    """The query for the posts that have all words, and one that begins with `prefix`."""
    if index.dialect == "sqlite":
        parts = [_any_form(word, "") for word in words] + ([_any_form(prefix, "*")] if prefix else [])
        return f"SELECT rowid FROM {index.name} WHERE {index.name} MATCH {quoted(' AND '.join(parts))}"
    parts = [_array(word) for word in (*words, *((prefix,) if prefix else ()))]
    return f"SELECT post_id FROM {index.name} WHERE {' AND '.join(f'words && {part}' for part in parts)}"


def _any_form(word: str, suffix: str) -> str:
    forms = [f'"{form}"{suffix}' for form in _forms(word)]
    return forms[0] if len(forms) == 1 else f"({' OR '.join(forms)})"


def _array(word: str) -> str:
    return f"ARRAY[{', '.join(map(quoted, _forms(word)))}]"


def _forms(word: str) -> list[str]:
    """Every way to write a word of CJK letters; the index folds other words itself."""
    if len(word) > 2 or word.isascii():
        return [word]
    return list(dict.fromkeys(folded("".join(form)) for form in product(*map(equal_letters, word))))


# Comparing with the post


def _written_in(column: str, term: str, dialect: str) -> str:
    sqlite = dialect == "sqlite"
    letters = "".join(_glob_class(char) if sqlite else _regex_class(char) for char in term)
    before, after = (f"[{WORD_BOUNDARIES}]" if is_word_letter(char) else "" for char in (term[0], term[-1]))
    patterns = [letters, before + letters + after] if before or after else [letters]
    if sqlite:
        return "(" + " AND ".join(f"{column} GLOB {quoted(f'*{pattern}*')}" for pattern in patterns) + ")"
    return f"{column} ~ {quoted(patterns[-1])}"


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
    shown = {}
    for name in ("title", "text"):
        shown[name] = accents_removed(name)
        for space in SPACES:
            shown[name] = f"replace({shown[name]}, char({ord(space)}), ' ')"
    return f"SELECT id, ' ' || {shown['title']} || ' ' AS title, ' ' || {shown['text']} || ' ' AS text FROM posts"


def server_texts() -> str:
    """The query of the view in PostgreSQL."""
    title, text = (
        f"' ' || translate(regexp_replace({name}, '[{ACCENTS}]', '', 'g'), '{SPACES}', '{' ' * len(SPACES)}') || ' '"
        for name in ("title", "text")
    )
    return f"SELECT id, {title} AS title, {text} AS text FROM posts"
