"""SQL conditions for "this post contains that": literal SQL that runs in any sqlite3 or psql.

The index tells exactly which posts have one word, or one or two CJK letters. What has several words is asked for by all
of them, and compared with the post itself: by GLOB in SQLite, by a regular expression in PostgreSQL.
"""

from dataclasses import dataclass
from itertools import product

from ingestd.store.label_triggers import MAX_LABEL_CHARS
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
    found = " OR ".join(_field_matches(f"s.{field}", term, dialect) for field in fields)
    return f"EXISTS (SELECT 1 FROM search_texts s{_edge(term, dialect)} WHERE s.id = posts.id AND ({found}))"


def by_author(term: str, dialect: str) -> str:
    """The query for the numbers of the posts whose author contains `term`: the different authors are looked through."""
    whole = f"SELECT s.id FROM label_texts s{_edge(term, dialect)} WHERE s.kind = 'author' AND "
    cut = f"SELECT id FROM labels WHERE kind = 'author' AND length(label) >= {MAX_LABEL_CHARS}"
    return (
        f"{_of_labels(whole + _field_matches('s.label', term, dialect))} UNION ALL"
        f" SELECT id FROM posts WHERE posts.id IN ({_of_labels(cut)}) AND {written(term, ('author',), dialect)}"
    )


def by_label(label: str, kind: str, dialect: str) -> str:
    """The query for the numbers of the posts with a tag or category."""
    sought = quoted(label[:MAX_LABEL_CHARS], dialect)
    found = _of_labels(f"SELECT id FROM labels WHERE folded = {sought} AND kind = '{kind}'", "DISTINCT ")
    if len(label) < MAX_LABEL_CHARS:
        return found
    fields = ("feed_categories", "categories") if kind == "category" else ("tags",)
    return f"SELECT id AS post_id FROM posts WHERE posts.id IN ({found}) AND {labelled(label, fields, dialect)}"


def _of_labels(labels: str, distinct: str = "") -> str:
    return f"SELECT {distinct}post_id FROM post_labels WHERE label_id IN ({labels})"


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


def _edge(term: str, dialect: str) -> str:
    """A further table with the class of all boundaries of words, where a term begins or ends with a word."""
    if not is_word_letter(term[0]) and not is_word_letter(term[-1]):
        return ""
    return f", (SELECT {quoted(f'[{WORD_BOUNDARIES}]', dialect)} AS edge) e"


def _field_matches(column: str, term: str, dialect: str) -> str:
    """The condition that a column of `search_texts` or `label_texts` contains `term`, beside `_edge`."""
    letters = "".join(_glob_class(char) if dialect == "sqlite" else _regex_class(char) for char in term)
    before, after = is_word_letter(term[0]), is_word_letter(term[-1])
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


# The views `search_texts` and `label_texts`


def shown_text(name: str, dialect: str) -> str:
    """SQL: a column as it is compared: without combining accents, with one kind of space, between two spaces."""
    if dialect != "sqlite":
        without = f"regexp_replace({name}, '[{ACCENTS}]', '', 'g')"
        return f"' ' || translate({without}, '{SPACES}', '{' ' * len(SPACES)}') || ' ' AS {name}"
    text = accents_removed(name)
    for space in SPACES:
        text = f"replace({text}, char({ord(space)}), ' ')"
    return f"' ' || {text} || ' ' AS {name}"


def post_texts(dialect: str) -> str:
    """The query of the view `search_texts`."""
    return f"SELECT id, {', '.join(shown_text(name, dialect) for name in ('title', 'text', 'author'))} FROM posts"


def label_texts(dialect: str) -> str:
    """The query of the view `label_texts`: labels that are whole."""
    return f"SELECT id, kind, {shown_text('label', dialect)} FROM labels WHERE length(label) < {MAX_LABEL_CHARS}"
