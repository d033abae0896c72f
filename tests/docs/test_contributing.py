"""CONTRIBUTING.md, SECURITY.md and CHANGELOG.md hold: commands run, and versions agree."""

import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestd import __version__
from ingestd.store import schema
from ingestd.store.engine import open_engine
from tests.store import test_schema

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    found = re.findall(rf"^( *)```{kind}\n(.*?)^ *```$", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(text) for _, text in found]


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines()]


def test_named_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([\w-]+)`", CONTRIBUTING))
    assert {"quick", "test", "check"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_modules_and_tests_that_its_commands_run_exist():
    for line in commands():
        for module in re.findall(r"-m ((?:tests|ingestd)\.[\w.]+)", line):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), line
    for path in re.findall(r"pytest [^`\n]*?(tests/[\w/.]+)", CONTRIBUTING):
        assert (ROOT / path).exists(), path


def test_the_targets_of_mutation_tests_exist():
    named = re.findall(r"-m tests\.mutation (.+)", CONTRIBUTING)
    assert named
    for module in named[0].split():
        assert (ROOT / "ingestd" / f"{module}.py").exists()


def test_upgrade_test_covers_every_earlier_revision():
    """What the page says of migrations: each earlier revision is made, filled and upgraded."""
    (mark,) = test_schema.TestEachUpgradeKeepsData.test_upgrade_of_a_filled_database_keeps_its_rows.pytestmark
    tried = [getattr(given, "values", given) for given in mark.args[1]]
    assert [revision for kind, revision in tried if kind == "sqlite"] == schema._revisions()[:-1]
    assert "TestEachUpgradeKeepsData" in CONTRIBUTING


def test_the_program_that_drafts_a_migration_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    engine = open_engine(f"sqlite:///{tmp_path}/scratch.db")
    schema.upgrade_schema(engine, now=datetime.now(UTC))
    engine.dispose()
    monkeypatch.chdir(tmp_path)
    (program,) = blocks("python")
    number = f"{int(schema.head()) + 1:04}"
    exec(compile(re.sub(r'rev_id="\d+"', f'rev_id="{number}"', program), "CONTRIBUTING.md", "exec"), {})
    (made,) = (tmp_path / "migrations/versions").glob(f"{number}_*.py")
    assert f"down_revision = '{schema.head()}'" in made.read_text(encoding="utf-8")


@pytest.mark.process
def test_the_wheel_of_a_release_holds_what_an_installation_needs(tmp_path: Path):
    (line,) = [line for line in commands() if " pip wheel " in line]
    words = line.removeprefix(".venv/bin/python ").replace("dist", str(tmp_path)).split()
    subprocess.run(
        [sys.executable, *words, "--quiet", "--disable-pip-version-check"], cwd=ROOT, check=True, timeout=120
    )
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith(f"ingestd-{__version__}-")
    names = set(zipfile.ZipFile(wheel).namelist())
    migrations = {f"ingestd/_migrations/versions/{path.name}" for path in ROOT.glob("migrations/versions/*.py")}
    shipped = {f"ingestd/_{name}" for name in ("config/ingestd.toml", "config/sites.toml", "systemd/ingestd.service")}
    assert {"ingestd/py.typed", *shipped, *migrations} <= names
    assert not any(name.startswith("tests/") for name in names)


def test_the_changelog_has_a_dated_section_for_this_version():
    sections = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert sections[0] == "Unreleased"
    dated = [re.fullmatch(r"(\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})", section) for section in sections[1:]]
    assert all(dated)
    versions = [tuple(map(int, match[1].split("."))) for match in dated if match]
    assert versions == sorted(versions, reverse=True)
    assert ".".join(map(str, versions[0])) == __version__
    assert all(date.fromisoformat(match[2]) for match in dated if match)


def test_sections_of_the_changelog_have_their_usual_names():
    usual = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= usual


def test_no_mail_address_is_published():
    assert not re.findall(r"\b[\w.+-]+@[\w-]+\.\w+", SECURITY + CONTRIBUTING)
