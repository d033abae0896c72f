"""A site on a database with ordinary and with hostile posts."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingestd.cli.browse.app import ServedSite, open_site
from ingestd.config.settings import Config
from ingestd.model.feed import Category
from ingestd.store import revisions
from ingestd.store.database import Database
from ingestd.text.times import utc_now
from tests.store import make

#: The day of the first posts; the others are of the two that follow.
DAY = (utc_now() - timedelta(days=10)).replace(hour=8)
HOST = "127.0.0.1:8001"
ALLOWED = frozenset({HOST})
SCRIPT = "<script>window.hostile = 1</script>"
HOSTILE_HTML = (
    f"<p>Text {SCRIPT}"
    '<img src="https://tracker.example/p.gif" alt="A picture" onerror="window.hostile = 1">'
    '<a href="javascript:alert(2)">click</a> <a href="https://b.example/x">link</a>'
    '<iframe src="https://evil.example/"></iframe><meta http-equiv="refresh" content="0;url=https://evil.example/">'
    '<link rel="dns-prefetch" href="//evil.example"><style>body{background:url(https://evil.example/b)}</style></p>'
)
PASSWORD_URL = "https://user:hunter2@feeds.example/a.xml?api_key=k3y"


def fill(database: Database) -> None:
    """Posts 1 to 6: three plain ones, one that is hostile, one that was edited, one without a text."""
    make.configured(database, "甲报", "Bay News", f"x{SCRIPT}")
    rows: list[dict[str, Any]] = [
        {"title": "渡轮停航", "text": "climate summit 2026 渡轮", "tags": ("财经", "World"), "source_id": 1},
        {"title": "天气", "text": "渡轮 广告", "tags": ("财经",), "source_id": 2, "author": "沈北雁"},
        {"title": "Climate", "text": "the summit's climate", "feed_categories": (Category("Opinion"),), "source_id": 1},
        {
            "title": f"Hostile {SCRIPT} ferry",
            "text": f"ferry {SCRIPT} \u202e text",
            "content": HOSTILE_HTML,
            "author": SCRIPT,
            "tags": (f'a "b" {SCRIPT}',),
            "categories": ("a & b",),
            "feed_categories": (Category(SCRIPT, "urn:x"),),
            "source_id": 3,
        },
        {"title": "Before", "text": "The ferry sails at nine.", "content": "<p>The ferry sails at nine.</p>"},
        {"title": "", "text": "", "content": "", "from_url": "urn:no-page"},
    ]
    for number, row in enumerate(rows, 1):
        like = make.post(number, date=DAY + timedelta(days=number // 3, minutes=number), **row)
        make.store(database, make.new(number, like=like), source_id=like.source_id or 1)
    text = "The ferry sails at ten."
    edit = make.update(5, "after", title="After", text=text, content=f"<p>{text}</p>", at=utc_now())
    assert database.write(revisions.update_post, edit)
    make.run(database, f"UPDATE sources SET url = '{PASSWORD_URL}', config_url = '{PASSWORD_URL}' WHERE id = 1")


@pytest.fixture(scope="session", autouse=True)
def without_open_connections() -> Iterator[None]:
    """Datasette opens a connection to ask for a version, and for each page: the garbage collector closes them later.

    Python 3.13 warns of it in whatever test runs then.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datasette.utils.sqlite._cached_sqlite_version", sqlite3.sqlite_version_info)
        patch.setattr("datasette.facets.detect_json1", lambda: True)
        yield


@pytest.fixture(scope="session")
def filled_database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database, to copy."""
    path: Path = tmp_path_factory.mktemp("filled") / "filled.db"
    shutil.copy(empty_database, path)
    with Database(f"sqlite:///{path}") as database:
        fill(database)
    return path


@pytest.fixture
def archive(filled_database: Path, tmp_path: Path) -> Path:
    """The file of the database."""
    folder = tmp_path / "archive"
    folder.mkdir()
    return Path(shutil.copy(filled_database, folder / "ingestd.db"))


@pytest.fixture
def site(archive: Path) -> Iterator[ServedSite]:
    """The site, as it is served on loopback."""
    with open_site(archive, Config(path=None), allowed_hosts=ALLOWED) as served:
        yield served


def client_of(served: ServedSite) -> httpx.AsyncClient:
    """A client of a site."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=served.asgi()), base_url=f"http://{HOST}")


@pytest.fixture
async def client(site: ServedSite) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without anything but HTTP, for a site whose database the test changes."""
    async with client_of(site) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_site(filled_database: Path) -> Iterator[ServedSite]:
    """A site whose database no test changes."""
    with open_site(filled_database, Config(path=None), allowed_hosts=ALLOWED) as served:
        yield served


@pytest.fixture
async def reader(shared_site: ServedSite) -> AsyncIterator[httpx.AsyncClient]:
    """The same, for the shared site."""
    async with client_of(shared_site) as opened:
        yield opened
