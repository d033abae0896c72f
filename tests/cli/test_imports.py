"""What commands import: the libraries that take long to import are most of a command's time."""

import subprocess
import sys

import pytest

from tests.support.installation import ROOT, Installation

#: Libraries whose import takes 5 ms or more, with those that they import.
HEAVY = frozenset(
    {"aiohttp", "alembic", "apscheduler", "asyncio", "bs4", "click", "datasette", "feedparser", "httpx", "imagesize"}
    | {"lxml", "mako", "multiprocessing", "nh3", "opencc", "prometheus_client", "pydantic", "pygments"}
    | {"rich", "sqlalchemy", "uvicorn", "warcio", "yaml"}
)
#: What every command that opens the database imports; SQLAlchemy imports asyncio.
DATABASE = frozenset({"asyncio", "pydantic", "sqlalchemy"})
POLLING = DATABASE | {"aiohttp", "httpx", "imagesize"}
_CODE = """
import sys
from ingestd.__main__ import main
sys.argv[0] = "ingestd"
try:
    main()
finally:
    import gc
    print(*sorted(sys.modules), gc.isenabled(), gc.get_freeze_count() > 10_000, file=sys.stderr)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        pytest.param(["--help"], frozenset(), id="--help"),
        pytest.param(["frobnicate"], frozenset({"pydantic"}), id="frobnicate"),
        pytest.param(["config", "check"], frozenset({"pydantic"}), id="config check"),
        pytest.param(["posts", "list"], DATABASE, id="posts list"),
        pytest.param(["status"], DATABASE | {"imagesize"}, id="status"),
        pytest.param(["sources", "list"], DATABASE, id="sources list"),
        pytest.param(["fetch"], POLLING, id="fetch"),
    ],
)
def test_a_command_imports_only_what_it_needs(
    installation: Installation, arguments: list[str], allowed: frozenset[str]
):
    installation.configure({"name": "甲", "path": "/f"})
    command = [sys.executable, "-c", _CODE, "--config", str(installation.path), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    *modules, collects, frozen = done.stderr.splitlines()[-1].split()
    assert HEAVY & {module.split(".")[0] for module in modules} <= allowed
    assert (collects, frozen) == ("True", "True")
    assert not {"httpx._main", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql"} & set(modules)


@pytest.mark.process
def test_a_daemon_has_imported_at_its_start_what_polls_and_reloads_import_by_need():
    code = "import sys, ingestd.daemon.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"ingestd.extract.rules.selectors", "ingestd.poll.sitemap_step"} <= set(done.stdout.split())


@pytest.mark.process
def test_workers_import_neither_database_nor_client():
    """Their memory counts once for each of them."""
    code = "import importlib, sys; from ingestd.poll.jobs import PRELOAD; [*map(importlib.import_module, PRELOAD)]"
    code += "; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "aiohttp", "httpx", "pydantic", "typer"} & set(done.stdout.split())
