"""The targets of mutation testing name modules and tests that are there."""

from pathlib import Path

import pytest

from tests.mutation.__main__ import HERE, load_targets

ROOT = Path(__file__).resolve().parents[2]
TARGETS = load_targets(HERE / "targets.toml")


@pytest.mark.parametrize("name", TARGETS)
def test_the_module_and_the_tests_of_a_target_exist(name):
    target = TARGETS[name]
    assert (ROOT / "ingestd" / f"{name}.py").is_file()
    assert target.tests
    assert [path for path in target.tests if not (ROOT / path).is_file()] == []
    assert all(target.equivalent.values()), "an equivalent mutant has a reason"
