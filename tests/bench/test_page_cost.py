"""What a page costs is told for the main process and its workers apart, in the unit of the same run."""

import sys

import pytest

from tests.bench import measure
from tests.bench.page_cost import cost_table, main_profile

pytestmark = pytest.mark.process

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


def test_the_main_process_is_told_from_those_it_starts():
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    cost = measure.run([sys.executable, "-c", program], memory=False)
    assert cost.cpu_s >= 0.3 > cost.main_s


def test_figures_are_in_the_unit_of_the_run_and_without_the_start():
    cost = measure.Cost(10.0, 3.0, 9.0, 1.0, 5.0, 0.0, 0.0, 3, 0, "", "")
    table, figures = cost_table(cost, 1.0, 1000, 4.0)
    assert figures == pytest.approx({"main process": 0.5, "workers": 1.75, "all": 2.25})
    assert "0.500" in table


def test_a_profile_tells_what_each_thread_did():
    told = main_profile({"database_0": {"store.py:1 write": (2000, 0.5, 1.5)}}, 1000)
    assert "database_0: 500 us a page" in told
    assert "2.0  store.py:1 write" in told
