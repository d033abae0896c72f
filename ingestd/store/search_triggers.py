"""Triggers that keep the search index right whoever writes `posts`, in the same transaction: also a user's sqlite3.

They are made anew at each upgrade, as views are. In SQLite they do in SQL what `index_text` does in Python, some
fifteen times as slowly; ingestd puts the posts that it stores into the index itself, and the trigger finds them there.
In PostgreSQL the function `search_words` makes the words of every post.
"""

import json

from sqlalchemy import Connection

from ingestd.store import triggers
from ingestd.text.search.characters import ACCENTS, CJK_LETTERS, SYMBOLS, WIDE_LETTERS, WORD_BOUNDARIES, folding

#: Characters that SQLite cuts from a text at a time: cutting single ones from a long text takes quadratic time.
_PART_CHARS = 200
_TRIGGERS = ("posts_fts_insert", "posts_fts_update", "posts_fts_delete", "posts_fts_replace")


def drop_triggers(connection: Connection) -> None:
    """Remove the triggers, under the names of every version."""
    triggers.drop_triggers(connection, dict.fromkeys(_TRIGGERS, "posts"))


def create_triggers(connection: Connection, index: str) -> None:
    """Make the triggers for an index that has the name `index`."""
    statements = _sqlite_triggers(index) if connection.dialect.name == "sqlite" else _server_triggers(index)
    triggers.run_statements(connection, statements)


def accents_removed(value: str) -> str:
    """SQL (SQLite): `value` without combining accents; a text without any costs one search for their first byte."""
    return f"CASE WHEN instr(CAST({value} AS BLOB), x'CC') THEN {_replaced(value, ACCENTS, '')} ELSE {value} END"


def _replaced(value: str, characters: str, by: str) -> str:
    """SQL (SQLite): `value` with each of `characters` replaced by that of `by` in the same place, else by nothing."""
    # SQLite's parser does not take so many nested calls.
    return (
        f"(WITH RECURSIVE done(n, t) AS (SELECT 1, {value} UNION ALL SELECT n + 1,"
        f" replace(t, substr('{characters}', n, 1), substr('{by}', n, 1)) FROM done WHERE n <= {len(characters)})"
        f" SELECT t FROM done WHERE n > {len(characters)})"
    )


def _sqlite_triggers(index: str) -> list[str]:
    changed = "new.title IS NOT old.title OR new.text IS NOT old.text"
    indexed = f"EXISTS (SELECT 1 FROM {index}_docsize WHERE id = %s.id)"
    added = f"INSERT INTO {index} (rowid, title, text) SELECT new.id, {_pairs('new.title')}, {_pairs('new.text')}"
    # What INSERT OR REPLACE and UPDATE OR REPLACE delete (`post_triggers`).
    replaced = (
        f"INSERT INTO {index} ({index}, rowid, title, text)"
        f" SELECT 'delete', r.id, {_pairs('r.title')}, {_pairs('r.text')} FROM replaced_posts r WHERE {indexed % 'r'}"
    )
    has_replaced = "EXISTS (SELECT 1 FROM replaced_posts)"
    remove = (
        f"INSERT INTO {index} ({index}, rowid, title, text)"
        f" VALUES ('delete', old.id, {_pairs('old.title')}, {_pairs('old.text')})"
    )
    return [
        f"CREATE TRIGGER posts_fts_insert AFTER INSERT ON posts WHEN NOT {indexed % 'new'} OR {has_replaced}"
        f" BEGIN {replaced}; DELETE FROM search_backlog WHERE post_id = new.id;"
        f" {added} WHERE NOT {indexed % 'new'}; END",
        f"CREATE TRIGGER posts_fts_replace AFTER UPDATE OF id, from_url ON posts WHEN {has_replaced}"
        f" BEGIN {replaced}; END",
        f"CREATE TRIGGER posts_fts_update AFTER UPDATE OF title, text ON posts"
        f" WHEN ({changed}) AND {indexed % 'old'} BEGIN {remove}; {added}; END",
        f"CREATE TRIGGER posts_fts_delete AFTER DELETE ON posts WHEN {indexed % 'old'} BEGIN {remove}; END",
    ]


def _pairs(value: str) -> str:
    """SQL (SQLite) of what `index_text` does: a subquery that splits `value` into characters, and joins them again."""
    ordinary = _replaced("plain.t", _WIDE, "".join(folding()[ord(wide)] or "" for wide in _WIDE))
    return (
        f"(WITH RECURSIVE plain(t) AS (SELECT {accents_removed(value)}),"
        f" whole(t) AS (SELECT CASE WHEN t GLOB '*[{WIDE_LETTERS}]*' THEN t || char(10) || {ordinary} ELSE t END"
        " FROM plain),"
        f" place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < {_PART_CHARS}),"
        " part(now, rest) AS (SELECT '', t FROM whole UNION ALL"
        f" SELECT substr(rest, 1, {_PART_CHARS} + 1), substr(rest, {_PART_CHARS} + 1) FROM part WHERE rest <> ''),"
        " letter(c, d) AS (SELECT substr(now, n, 1), substr(now, n + 1, 1) FROM part CROSS JOIN place"
        f" WHERE n <= min({_PART_CHARS}, length(now)))"
        f" SELECT group_concat(CASE WHEN c GLOB '[{SYMBOLS}]' THEN ' ' WHEN NOT c GLOB '[{CJK_LETTERS}]' THEN c"
        f" WHEN d GLOB '[{CJK_LETTERS}]' THEN ' ' || c || d || ' ' ELSE ' ' || c || ' ' END, '') FROM letter)"
    )


_WIDE = "".join(chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
_WIDE += "".join(map(chr, range(0xFF66, 0xFF9E)))


def _server_triggers(index: str) -> list[str]:
    return [
        _SERVER_WORDS,
        "CREATE OR REPLACE FUNCTION posts_fts_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'INSERT' OR EXISTS (SELECT 1 FROM {index} WHERE post_id = new.id) THEN"
        f" INSERT INTO {index} (post_id, words) VALUES (new.id, search_words(new.title || E'\\n' || new.text))"
        " ON CONFLICT (post_id) DO UPDATE SET words = excluded.words; END IF; RETURN NULL; END $$",
        "CREATE TRIGGER posts_fts_insert AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION posts_fts_follow()",
        "CREATE TRIGGER posts_fts_update AFTER UPDATE OF title, text ON posts FOR EACH ROW"
        " WHEN (new.title IS DISTINCT FROM old.title OR new.text IS DISTINCT FROM old.text)"
        " EXECUTE FUNCTION posts_fts_follow()",
    ]


_FOLDED = {chr(code): letter for code, letter in folding().items() if code > 0x7F and letter not in (None, " ")}

# Each character that must be folded is replaced once: a text has few different ones. `search_words` has every single
# CJK letter as a word too, since an array cannot be asked for beginnings.
_SERVER_WORDS = f"""
CREATE OR REPLACE FUNCTION search_words(value text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  equal CONSTANT jsonb := '{json.dumps(_FOLDED, ensure_ascii=False).replace("'", "''")}';
  found text;
BEGIN
  value := regexp_replace(value, '[{ACCENTS}]', '', 'g');
  value := translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
  FOR found IN SELECT DISTINCT c FROM unnest(string_to_array(value, NULL)) c WHERE c > '~' AND equal ? c LOOP
    value := replace(value, found, equal ->> found);
  END LOOP;
  RETURN array(
    SELECT m[1] FROM regexp_matches(value, '([^{WORD_BOUNDARIES.replace("'", "''")}]+)', 'g') m
    UNION
    SELECT unnest(array_remove(ARRAY[c, c || lead(c) OVER (PARTITION BY run ORDER BY n)], NULL))
    FROM regexp_matches(value, '[{CJK_LETTERS}]+', 'g') WITH ORDINALITY runs(m, run),
      unnest(string_to_array(m[1], NULL)) WITH ORDINALITY letters(c, n)
  );
END $$"""
