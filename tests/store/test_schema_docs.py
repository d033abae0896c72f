"""The page about the database says what the schema says."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingestd.store import schema_docs
from ingestd.store.schema_docs import meanings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "database.md"


def test_page_equals_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == schema_docs.page(), (
        "run: python -m ingestd.store.schema_docs > docs/database.md"
    )


@pytest.mark.parametrize("name", sorted({table for table, _, _ in meanings()}))
def test_every_table_view_and_column_is_on_it(name):
    section = schema_docs.page().split(f"\n### {name}\n")[1].split("\n### ")[0]
    for table, column, meaning in meanings():
        if table == name:
            assert meaning
            assert f"| `{column}` |" in section if column else meaning[1:] in section


@pytest.mark.process
def test_command_writes_the_page():
    done = subprocess.run(
        [sys.executable, "-m", "ingestd.store.schema_docs"], cwd=ROOT, capture_output=True, check=True, timeout=300
    )
    assert done.stdout.decode() == schema_docs.page()
