"""The meaning of every table, view and column: in the table `documentation`, and as the page docs/database.md.

`python -m ingestd.store.schema_docs > docs/database.md` writes the page.
"""

import sys
from collections.abc import Iterator

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    delete,
    insert,
    select,
)
from sqlalchemy.schema import SetColumnComment, SetTableComment

from ingestd.store import search
from ingestd.store.models import documentation, metadata
from ingestd.store.views import VIEWS


def meanings() -> list[tuple[str, str, str]]:
    """(table or view, column or '', meaning) for everything in the schema, in its order."""
    rows = []
    for table in metadata.tables.values():
        rows.append((table.name, "", table.comment or ""))
        rows += [(table.name, column.name, column.comment or "") for column in table.columns]
    rows += [(search.NAME, "", search.MEANING), *((search.NAME, *item) for item in search.COLUMNS.items())]
    for view in VIEWS:
        rows.append((view.name, "", view.meaning))
        rows += [(view.name, column, meaning) for column, meaning in view.columns.items()]
    return rows


def stored_meanings(connection: Connection) -> list[tuple[str, str, str]]:
    """(table or view, column or '', meaning) as the database has them, in the order of the schema."""
    order = {row[:2]: place for place, row in enumerate(meanings())}
    columns = documentation.c.table_name, documentation.c.column_name, documentation.c.meaning
    found = [(row[0], row[1], row[2]) for row in connection.execute(select(*columns))]
    return sorted(found, key=lambda row: order.get(row[:2], len(order)))


def has_present_meanings(engine: Engine) -> bool:
    """Whether the stored meanings are those of this version: their wording changes without a migration."""
    columns = documentation.c.table_name, documentation.c.column_name, documentation.c.meaning
    with engine.connect().execution_options(reads=True) as connection:
        return {tuple(row) for row in connection.execute(select(*columns))} == set(meanings())


def store_meanings(connection: Connection) -> None:
    """Replace the stored meanings; on PostgreSQL also as comments, which `\\d+` of psql shows."""
    connection.execute(delete(documentation))
    connection.execute(
        insert(documentation),
        [{"table_name": table, "column_name": column, "meaning": meaning} for table, column, meaning in meanings()],
    )
    if connection.dialect.supports_comments:
        for table in metadata.tables.values():
            connection.execute(SetTableComment(table))
            for column in table.columns:
                connection.execute(SetColumnComment(column))


_INTRODUCTION = """\
# The database

Everything that ingestd stores is in one SQLite file, which any tool may read while the daemon writes
([cookbook](sql.md)); or in a PostgreSQL database with the same tables and views. The table `documentation` says in
every database what this page says.

- **Times** are UTC text, always `2021-04-18T01:45:12.653Z`: they sort as they stand. Yes and no are 1 and 0. Lists
  are JSON arrays as text.
- **Nothing that is stored is lost.** A source that leaves the configuration is disabled and keeps its posts. A post
  that *you* delete stays deleted: its keys stay in `identities`, so that it does not come back as new.
- **Writing by hand** is allowed while the daemon runs: keep it short, and let your tool wait for the lock (`PRAGMA
  busy_timeout = 30000`). Switch foreign keys on (`PRAGMA foreign_keys = ON`) before you delete.
- **Upgrades** happen when `run` or `fetch` start, or by `ingestd db upgrade`: in one transaction, which a failure
  takes back whole. A SQLite file that holds data is copied beside itself first
  (`ingestd.db.0001-20261122T170000Z.bak`); remove the copy when you are content. A database that a newer version
  made is refused, and keeps every byte.
- **Whose file it is** says its `application_id`, `0x494e4744` ("INGD"); a file of ingestd without one gets it at the
  next upgrade. A file with tables of another program, or with its application ID, is refused by every command and keeps
  every byte; an empty file is new. On PostgreSQL other programs may have tables beside ours.
- **Copies** (`ingestd db backup`, and those before an upgrade) have the owner and the mode of the file.

## What grows

| what | how much |
|---|---|
| a post | some 6 KB without its page |
| a kept page | 5 to 20 KB, less where the pages of a server are alike; `keep_pages = false` keeps none |
| an image | its file beside the database, for sources with `media = true` alone, and some 400 bytes here |
| the search index | about a third of the plain text |
| a fingerprint | some 300 bytes a post |
| `labels`, `post_labels` | each author, tag and category once, and some 12 bytes for each that a post has |
| a poll | 140 bytes: 100 sources every 30 minutes make 250 MB a year |
| an edit | the text before, once; of two versions that alternate each is kept once |
| `items`, `inbox`, `leases`, `visits`, `subscriptions` | what is there or still to be done: they do not grow |
| `problems` | one row for each address and kind of failure, however often it happens |

Polls are kept, because they are the record of what was polled and when. You may delete the old
ones; ingestd itself never reads them:

```sql
DELETE FROM polls WHERE started_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 year');
```

## Search

`posts_fts` is a full-text index that knows Chinese words without a dictionary: runs of Han, kana and hangul are in it
as overlapping pairs, and the last character alone. So any sqlite3 finds every post with a word of two characters, one
character is asked for as the beginning of a word, and a longer word by its pairs:

```sql
SELECT rowid, title FROM posts_fts WHERE posts_fts MATCH '渡轮';
SELECT rowid, title FROM posts_fts WHERE posts_fts MATCH '渡*';
SELECT rowid, title FROM posts_fts WHERE posts_fts MATCH '渡轮 轮公 公司 OR ferry';
```

- Case and accents are folded, full-width forms too; words of other scripts are found whole. Of a longer word the pairs
  may stand apart: `AND text LIKE '%渡轮公司%'` makes sure. `ingestd posts search` does it by itself.
- `title` and `text` are those of `posts`, so that `LIKE` on them finds what it finds there, and as slowly. `rank`,
  `highlight` and `snippet` have no use here: the index does not know places. Order by a date of `posts`.
- The index is never behind: triggers follow each change of `posts` in its own transaction, also one made by hand, and
  `INSERT OR REPLACE`.
- After the upgrade of a database from before this index, its posts are put into it in steps, by the daemon or by
  `ingestd db upgrade`. Until then the index is called `posts_fts_filling`, and a query of `posts_fts` fails: it never
  answers with too little. `search_backlog` has the posts that are missing, and `ingestd posts search` reads them too.
- Traditional and simplified characters are different words of the index; with the extra `ingestd[chinese]`
  (opencc) `ingestd posts search` asks for both.

Authors, tags and categories are in `labels`, and `post_labels` has their posts, as completely: triggers follow every
change, and an upgrade adds those of the posts that are there.

```sql
SELECT p.date, p.title FROM labels l JOIN post_labels f ON f.label_id = l.id JOIN posts p ON p.id = f.post_id
WHERE l.kind = 'tag' AND l.folded = 'world' ORDER BY p.date DESC;
```

In PostgreSQL `posts_fts` has one row a post, with an array of the same words:

```
SELECT post_id FROM posts_fts WHERE words @> search_words('渡轮公司');
```
"""

_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (BigInteger, "integer"),
    (Integer, "integer"),
    (Float, "real"),
    (LargeBinary, "blob"),
)


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_tables(), *_views()]) + "\n"


def _tables() -> Iterator[str]:
    yield "## Tables\n"
    for table in metadata.tables.values():
        yield f"### {table.name}\n\n{_sentence(table.comment or '')}\n"
        yield "| column | type | meaning |\n|---|---|---|"
        yield from (f"| `{column.name}` | {_type(column)} | {column.comment} |" for column in table.columns)
        yield ""
    yield f"### {search.NAME}\n\n{_sentence(search.MEANING)}\n"
    yield from _listed(search.COLUMNS)


def _views() -> Iterator[str]:
    yield "## Views\n"
    for view in VIEWS:
        yield f"### {view.name}\n\n{_sentence(view.meaning)}\n"
        yield from _listed(view.columns)


def _listed(columns: dict[str, str]) -> Iterator[str]:
    yield "| column | meaning |\n|---|---|"
    yield from (f"| `{name}` | {meaning} |" for name, meaning in columns.items())
    yield ""


def _type(column: Column[object]) -> str:
    name = next((name for kind, name in _TYPE_NAMES if isinstance(column.type, kind)), "text")
    key = ", key" if column.primary_key else ""
    return f"{name}{key}" + (" or NULL" if column.nullable else "")


def _sentence(meaning: str) -> str:
    return meaning[:1].upper() + meaning[1:] + "."


if __name__ == "__main__":
    sys.stdout.write(page())
