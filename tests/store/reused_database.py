"""A PostgreSQL database that is emptied after each test: several times as fast as to make a copy of its template."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text

# Tables, columns, triggers, functions, and the rows of the tables that a migration fills: a digest of all of it.
_CATALOGUE = """
SELECT md5(concat(
  (SELECT string_agg(concat(oid, relname, relkind, relhastriggers), ' ' ORDER BY oid) FROM pg_class
   WHERE relnamespace = 'public'::regnamespace),
  (SELECT string_agg(a.xmin::text, ' ' ORDER BY attrelid, attnum) FROM pg_attribute AS a
   JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
  (SELECT string_agg(concat(oid, xmin, tgenabled), ' ' ORDER BY oid) FROM pg_trigger),
  (SELECT string_agg(concat(oid, xmin), ' ' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
  (SELECT string_agg(concat(oid, xmin), ' ' ORDER BY oid) FROM pg_rewrite),
  {filled}
))
"""
# Tables with a file that is not empty: with rows, or with some that were deleted or rolled back.
_USED_TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname = ANY(:names) AND pg_relation_size(oid) > 0
"""
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
_OTHER_SESSIONS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SEQUENCES = """
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""


class ReusedDatabase:
    """Copies the template where there is no copy, or a test has changed its schema or the rows that it comes with."""

    def __init__(self, administer: Callable[[str], None], *, template: str, name: str, url: str) -> None:
        self._administer = administer
        self._create = f"CREATE DATABASE {name} TEMPLATE {template}"
        self._drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True)
        self._url = url
        self._emptied_tables: list[str] = []
        self._digest_query = ""
        self._digest = ""

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of the database as its template is, for one test."""
        if not self._digest:
            self._copy()
        try:
            yield self._url
        finally:
            self._empty()

    def close(self) -> None:
        """Close its connection."""
        self._engine.dispose()

    def _copy(self) -> None:
        self.close()
        self._administer(self._drop)
        self._administer(self._create)
        with self._engine.connect() as connection:
            tables = list(connection.scalars(text(_TABLES)))
            filled = [name for name in tables if _has_rows(connection, name)]
            self._emptied_tables = [name for name in tables if name not in filled]
            rows = (f"(SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM {name} AS t)" for name in filled)
            self._digest_query = _CATALOGUE.format(filled=", ".join(rows))
            self._digest = connection.scalars(text(self._digest_query)).one()

    def _empty(self) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(_OTHER_SESSIONS))
            if connection.scalars(text(self._digest_query)).one() != self._digest:
                self._digest = ""
                return
            if used := list(connection.scalars(text(_USED_TABLES), {"names": self._emptied_tables})):
                connection.execute(text(f"TRUNCATE {', '.join(used)} CASCADE"))
            connection.execute(text(_SEQUENCES))


def _has_rows(connection: Connection, name: str) -> bool:
    return bool(connection.scalars(text(f"SELECT EXISTS (SELECT FROM {name})")).one())
