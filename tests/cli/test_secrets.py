"""Passwords and tokens in addresses: no command prints them, and no message in the database has them."""

import sqlite3
from contextlib import closing

import pytest

SECRET = "geheim"
SOURCES = f"""
[[sources]]
name = "userinfo"
url = "http://me:{SECRET}@127.0.0.1:9/a"
[[sources]]
name = "query"
url = "http://127.0.0.1:9/b?token={SECRET}&x=1"
[[sources]]
name = "fragment"
url = "http://127.0.0.1:9/c#access_token={SECRET}"
[[sources]]
name = "inner"
url = "http://127.0.0.1:9/d/https://me:{SECRET}@a.example/"
[[sources]]
name = "proxy"
url = "http://a.example/e"
proxy = "http://me:{SECRET}@127.0.0.1:9"
"""


@pytest.fixture
def secretive(ingestd):
    """Sources whose addresses hold secrets, each polled once, in vain."""
    with ingestd.config.open("a") as config:
        config.write(SOURCES)
    done = ingestd("fetch")
    assert done.status == 1
    assert SECRET not in done.out + done.err
    return ingestd


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "sources check",
        "sources check --json",
        "sources list",
        "sources list --json",
        "status",
        "status --json",
        "config check --json",
        f"sources discover http://me:{SECRET}@127.0.0.1:9/x?key={SECRET}",
        f"article http://me:{SECRET}@127.0.0.1:9/x?api_key={SECRET}",
        f"article ftp://me:{SECRET}@127.0.0.1:9/x",
    ],
)
def test_no_command_prints_them(secretive, command):
    done = secretive(*command.split())
    assert done.out + done.err
    assert SECRET not in done.out + done.err


def test_a_list_that_is_imported_names_addresses_without_them(secretive, tmp_path):
    path = tmp_path / "list.opml"
    path.write_text(
        f'<opml><body><outline text="A" xmlUrl="ftp://me:{SECRET}@a.example/f?token={SECRET}"/>'
        f'<outline text="B" xmlUrl="https://b.example/f?token={SECRET}"/>'
        f'<outline text="C" xmlUrl="https://b.example/f?token={SECRET}"/></body></opml>'
    )
    done = secretive("sources", "import", path)
    assert "A: no web address" in done.err
    assert SECRET not in done.out + done.err


def test_no_message_in_the_database_has_them(secretive):
    with closing(sqlite3.connect(secretive.database)) as connection:
        for table, columns in (("polls", "error"), ("problems", "reason, url"), ("sources", "last_error")):
            for row in connection.execute(f"SELECT {columns} FROM {table}"):
                assert SECRET not in str(row)
        assert connection.execute("SELECT count(*) FROM polls WHERE error IS NOT NULL").fetchone() == (5,)
        addresses = connection.execute("SELECT url FROM sources WHERE name = 'userinfo'").fetchone()
        assert addresses == ("http://127.0.0.1:9/a",)
