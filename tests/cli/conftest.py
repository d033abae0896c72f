"""The command line on a configuration of its own, empty or with something stored."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestd.cli.output import be_quiet
from ingestd.model.source import Source
from ingestd.store.database import Database
from ingestd.store.sources import sync
from tests.cli.commands import Commands, article_page
from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer, Server

TWO_ARTICLES_FEED = (
    '<rss version="2.0"><channel><title>F</title><link>{url}</link><description/>'
    "<item><title>One</title><link>{url}1</link><pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate></item>"
    "<item><title>Two</title><link>{url}2</link><pubDate>Thu, 02 May 2024 10:00:00 GMT</pubDate></item>"
    "</channel></rss>"
)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's zone: times are printed as they are stored."""
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(autouse=True)
def _not_quiet() -> None:
    """Commands run in this process: `--quiet` of one lasts until the next."""
    be_quiet(False)


@pytest.fixture
def ingestd(without_database: Commands, empty_database: Path) -> Commands:
    """The command line, with an empty configuration and a database that holds the schema and nothing else."""
    shutil.copy(empty_database, without_database.database)
    return without_database


@pytest.fixture
def without_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The command line, with an empty configuration and no database yet."""
    home = tmp_path / "home"
    home.mkdir()
    config = home / "ingestd.toml"
    config.write_text(
        f"[database]\nurl = {json.dumps(f'sqlite:///{home}/ingestd.db')}\n"
        "[fetch]\nmin_delay = '1ms'\nallow_networks = ['127.0.0.0/8']\n"
    )
    return Commands(config, capsys)


@pytest.fixture
def two_sources(ingestd: Commands) -> Commands:
    """A database with two sources that were never polled."""
    now = datetime.now(UTC)
    with Database(f"sqlite:///{ingestd.database}") as database:
        database.write(sync, [Source("甲", "https://a.example/f"), Source("乙", "https://b.example/f")], now)
    return ingestd


@pytest.fixture
def kept(ingestd, shared_pool):
    """Two posts with stored pages; their server is closed."""
    with Server() as server:
        server.otherwise(Answer(status=404))
        server.route(
            "/feed", Answer(body=TWO_ARTICLES_FEED.format(url=server.url("/")), headers={"Content-Type": "text/xml"})
        )
        for number in (1, 2):
            server.route(
                f"/{number}",
                Answer(body=article_page(number), headers={"Content-Type": "text/html", "ETag": f'"{number}"'}),
            )
        with ingestd.config.open("a") as config:
            config.write(f'[[sources]]\nname = "F"\nurl = "{server.url("/feed")}"\narticle = "always"\n')
        assert ingestd("fetch").status == 0
    assert ingestd.sql("SELECT count(*) FROM pages") == [(2,)]
    assert all("Sentence number" in text for (text,) in ingestd.sql("SELECT text FROM posts"))
    return ingestd


@pytest.fixture
def stored(installation: Installation) -> Installation:
    """A source with a good and a missing page, and one whose server fails."""
    installation.server.route("/a", page("长江", prose("长江")))
    installation.server.route(
        "/f", feed(Item("长江", installation.server.url("/a")), Item("坏页", installation.server.url("/none")))
    )
    installation.server.route("/bad", Answer(500))
    installation.configure({"name": "甲", "path": "/f"}, {"name": "坏", "path": "/bad"})
    return installation
