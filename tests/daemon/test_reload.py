"""Which new configurations a running daemon refuses."""

from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.config.settings import Config
from ingestd.daemon.reload import MAX_LISTED_NAMES, dropped_sources, refuse_reload
from ingestd.model.errors import ConfigError

SQLITE = '[database]\nurl = "sqlite:////srv/ingestd.db"\n'


def source(name: str, more: str = "") -> str:
    return f'[[sources]]\nname = "{name}"\nurl = "https://{name}.example/f"\n{more}'


def read(text: str) -> Config:
    return parse_config(text, Path("/etc/i.toml"), {})


RUNNING = read(SQLITE + source("a") + source("b"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "/etc/i.toml: names no source: was it written completely?"),
        (SQLITE, "/etc/i.toml: names no source"),
        (source("a") + source("b"), "/etc/i.toml: names another database, sqlite:///var/ingestd.db: was it"),
        (
            '[database]\nurl = "postgresql+psycopg://me:secret@host/name"\n' + source("a"),
            "names another database, postgresql+psycopg://host/name: ",
        ),
    ],
)
def test_a_reload_that_stops_all_polling_or_changes_the_database_is_refused(text: str, says: str):
    with pytest.raises(ConfigError) as caught:
        refuse_reload(RUNNING, read(text))
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        SQLITE + source("a"),
        SQLITE + source("c"),
        SQLITE + source("a", "enabled = false\n") + source("b", "enabled = false"),
        SQLITE.replace("/srv/", "/srv/./") + source("a"),
    ],
)
def test_any_other_is_taken_over(text: str):
    refuse_reload(RUNNING, read(text))


def test_credentials_of_the_database_may_change():
    one, other, elsewhere = (
        read(f'[database]\nurl = "postgresql+psycopg://{where}/name"\n{source("a")}')
        for where in ("me:old@host", "you:new@host", "me:old@host:5433")
    )
    refuse_reload(one, other)
    with pytest.raises(ConfigError, match="another database"):
        refuse_reload(one, elsewhere)


def test_a_daemon_without_sources_may_stay_so():
    refuse_reload(read(SQLITE), read(SQLITE))


def test_sources_that_leave_are_listed():
    assert dropped_sources(RUNNING, read(SQLITE + source("b") + source("c"))) == "a"
    renamed = source("a").replace('name = "a"', 'name = "new"')
    assert dropped_sources(RUNNING, read(SQLITE + renamed + source("b"))) is None
    many = read("".join(source(f"s{number}") for number in range(MAX_LISTED_NAMES + 5)))
    assert str(dropped_sources(many, RUNNING)).endswith("s19 and 5 more")
