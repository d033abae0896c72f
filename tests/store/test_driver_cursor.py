"""Statements on the driver's own cursor: what they raise, who sees them, and in which transaction they are."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, InvalidRequestError, OperationalError

from ingestd.store.driver_cursor import fetch_rows, run_rows, run_text
from tests.store import make

INSERT = "INSERT INTO source_urls (source_id, url, until_at, reason) VALUES (?, ?, '2021-01-01', 'moved')"


@pytest.fixture
def source_file(file):
    make.configured(file, "a")
    return file


def addresses(connection):
    rows, _ = fetch_rows(connection, "SELECT url FROM source_urls ORDER BY url", (), None)
    return [row.url for row in rows]


class TestTransaction:
    def test_begins_with_the_first_statement_and_is_committed(self, source_file):
        with source_file.engine.connect() as connection:
            run_rows(connection, INSERT, [(1, "https://a.example/1"), (1, "https://a.example/2")])
            assert connection.in_transaction()
            connection.commit()
        assert source_file.read(addresses) == ["https://a.example/1", "https://a.example/2"]

    def test_is_undone_with_what_failed(self, source_file):
        def fail(connection):
            run_rows(connection, INSERT, [(1, "https://a.example/1")])
            raise ValueError

        with pytest.raises(ValueError):
            source_file.write(fail)
        assert source_file.read(addresses) == []

    def test_one_that_has_ended_is_refused(self, source_file):
        with source_file.engine.connect() as connection, connection.begin() as transaction:
            transaction.rollback()
            with pytest.raises(InvalidRequestError):
                run_rows(connection, INSERT, [(1, "https://a.example/1")])
        assert source_file.read(addresses) == []


class TestErrors:
    def test_are_those_of_sqlalchemy(self, source_file):
        def fail(connection):
            run_rows(connection, INSERT, [(1, None)])

        with source_file.engine.begin() as connection, pytest.raises(IntegrityError, match="NOT NULL") as raised:
            fail(connection)
        assert getattr(raised.value.orig, "sqlite_errorname", None) == "SQLITE_CONSTRAINT_NOTNULL"
        assert raised.value.statement == INSERT

    def test_of_a_text_without_sense(self, source_file):
        with source_file.engine.begin() as connection, pytest.raises(OperationalError, match="syntax error"):
            run_text(connection, "SAVE POINT")


class TestListeners:
    def test_see_every_statement(self, source_file):
        seen = []
        event.listen(source_file.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        source_file.write(run_rows, INSERT, [(1, "https://a.example/1")])
        assert source_file.read(addresses) == ["https://a.example/1"]
        assert [text.split()[0] for text in seen] == ["BEGIN", "INSERT", "BEGIN", "SELECT"]


class TestRows:
    def test_have_names_with_and_without_rows(self, source_file):
        def read(connection):
            nothing, made = fetch_rows(connection, "SELECT id, name FROM sources WHERE id = ?", (7,), None)
            (row,), again = fetch_rows(connection, "SELECT id, name FROM sources WHERE id = ?", (1,), made)
            return nothing, row, made is again

        nothing, row, same = source_file.read(read)
        assert (nothing, row.id, row.name, tuple(row), same) == ([], 1, "a", (1, "a"), True)
