"""Runs the tests of one module against each of its mutants, each in a forked process."""

import ast
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Self

import pytest
from hypothesis import settings

from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.report import Result
from tests.mutation.transplant import transplant

#: A mutant hangs when its tests take this many times as long as with the real code, and this many seconds more.
SLOWER_TIMES = 5
SLOWER_S = 8.0
#: Seconds for all tests of a module with the real code.
MAX_CLEAN_RUN_S = 900

_POLL_S = 0.004
_PYTEST = (
    *("-q", "-s", "--no-header", "-o", "addopts=--import-mode=importlib --strict-markers"),
    *("-n", "0", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
# Whoever names a profile of his own in a test keeps it; the others give the same examples at each run.
settings.register_profile("mutants", derandomize=True, database=None, deadline=None, max_examples=60)


@dataclass(frozen=True)
class Target:
    """A module (`fetch/guard`), the test files that concern it, words that exclude tests (as in `pytest -k`).

    `equivalent` maps names of mutants to the reason why no test can tell them from the code.
    """

    name: str
    tests: tuple[str, ...]
    without: str = ""
    equivalent: dict[str, str] = field(default_factory=dict)


def run(target: Target, *, only: frozenset[str] | None, function: str | None, verbose: bool) -> Result:
    """Kill what can be killed. Raises `RuntimeError` where the tests fail with the real code."""
    settings.load_profile("mutants")
    runner = _Runner(target, only, function, verbose)
    arguments = [*_PYTEST, "-k", f"not ({target.without})"] if target.without else _PYTEST
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants") as folder:
        status = pytest.main([*arguments, "--basetemp", f"{folder}/tests", *target.tests], plugins=[runner])
    if status != 0 or runner.problem:
        raise RuntimeError(f"{target.name}: {runner.problem or 'its tests could not be collected'}")
    runner.result.seconds = time.monotonic() - started
    return runner.result


class _Runner:
    """A plugin of pytest that takes the place of its loop over the tests."""

    def __init__(self, target: Target, only: frozenset[str] | None, function: str | None, verbose: bool) -> None:
        self.target, self.only, self.function, self.verbose = target, only, function, verbose
        self.module = importlib.import_module("ingestd." + target.name.replace("/", "."))
        self.tree = ast.parse(Path(str(self.module.__file__)).read_text("utf-8"))
        self.result = Result(target.name)
        self.problem = ""
        self.failed = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every mutant instead of every test."""
        tests = _Tests(session.items)
        _warm_up(session.items)
        if self.failed:
            self.problem = f"{self.failed} fails with the real code"
            return True
        report = _in_child(lambda: self._run_clean(tests), MAX_CLEAN_RUN_S)
        if not isinstance(report, dict) or "failed" in report:
            self.problem = f"{report.get('failed') if isinstance(report, dict) else report} fails with the real code"
            return True
        tests.durations = report["durations"]
        tests.of_line = {int(line): found for line, found in report["lines"].items()}
        self._run_mutants(tests)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test failed."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def _run_mutants(self, tests: "_Tests") -> None:
        mutants = mutants_of(self.tree)
        names = {mutant.name for mutant in mutants}
        if self.only is None and self.function is None:
            self.result.stale = [name for name in self.target.equivalent if name not in names]
        for mutant in mutants:
            if self.only is not None and mutant.name not in self.only:
                continue
            if self.function is not None and self.function not in mutant.function:
                continue
            if mutant.name in self.target.equivalent:
                self.result.equivalent.append(mutant)
                continue
            killer = self._run_one(mutant, tests)
            if killer:
                self.result.killed.append((mutant, killer))
            else:
                self.result.survived.append(mutant)
            if self.verbose:
                print(f"  {'killed  ' if killer else 'SURVIVED'} {mutant.line}: {mutant.name}  [{killer}]", flush=True)

    def _run_one(self, mutant: Mutant, tests: "_Tests") -> str:
        """The test that kills a mutant, "" where none does."""
        chosen = tests.through(mutant)
        if not chosen:
            return ""
        limit = SLOWER_TIMES * sum(tests.durations[number] for number in chosen) + SLOWER_S
        answer = _in_child(lambda: self._run_mutated(mutant, [tests.items[number] for number in chosen]), limit)
        return answer if isinstance(answer, str) else str(answer["failed"])

    def _run_mutated(self, mutant: Mutant, items: list[pytest.Item]) -> dict[str, Any]:
        try:
            mutant.edit()
            transplant(self.module, self.tree)
        except Exception as error:  # noqa: BLE001 - whatever it is, the code cannot be imported
            return {"failed": f"import: {error!r}"}
        for place, item in enumerate(items):
            following = items[place + 1] if place + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return {"failed": self.failed}
        return {"failed": ""}

    def _run_clean(self, tests: "_Tests") -> dict[str, Any]:
        """Seconds that each test takes, and the tests that pass through each line of the module."""
        durations: list[float] = []
        lines: dict[int, list[int]] = {}
        for number, item in enumerate(tests.items):
            started = time.monotonic()
            following = tests.items[number + 1] if number + 1 < len(tests.items) else None
            with _Trace(str(self.module.__file__)) as trace:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return {"failed": self.failed}
            durations.append(time.monotonic() - started)
            for line in trace.lines:
                lines.setdefault(line, []).append(number)
        return {"durations": durations, "lines": lines}


class _Tests:
    """The collected tests, how long each takes, and which of them pass through a line."""

    def __init__(self, items: list[pytest.Item]) -> None:
        self.items = items
        self.durations: list[float] = [0.0] * len(items)
        self.of_line: dict[int, list[int]] = {}

    def through(self, mutant: Mutant) -> list[int]:
        """The tests that a mutant concerns, the quickest first."""
        found: Iterable[int] = range(len(self.items))
        if not mutant.at_import:
            found = {number for line in mutant.lines for number in self.of_line.get(line, ())}
        return sorted(found, key=lambda number: self.durations[number])


class _Trace:
    """Notes which lines of a file run, in every thread."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: set[int] = set()

    def __enter__(self) -> Self:
        threading.settrace(self._call)
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _call(self, frame: FrameType, _event: str, _arg: object) -> Callable[..., Any] | None:
        return self._line if frame.f_code.co_filename == self.file else None

    def _line(self, frame: FrameType, event: str, _arg: object) -> Callable[..., Any]:
        if event == "line":
            self.lines.add(frame.f_lineno)
        return self._line


def _warm_up(items: list[pytest.Item]) -> None:
    """Run one test here, so that the fixtures of the session are made once and not by every mutant."""
    items[0].config.hook.pytest_runtest_protocol(item=items[0], nextitem=items[-1])


def _in_child(work: Callable[[], dict[str, Any]], limit_s: float) -> dict[str, Any] | str:
    """What `work` gives in a forked process, which is killed with all that it started; a text where that is nothing."""
    with tempfile.NamedTemporaryFile(prefix="mutant") as answer:
        child = os.fork()
        if child == 0:
            _be_child(work, answer.name)
        ended = _wait(child, limit_s)
        _kill(child)
        if not ended:
            os.waitpid(child, 0)
            return "it hangs"
        text = Path(answer.name).read_text("utf-8")
    return json.loads(text) if text else "it crashes"


def _be_child(work: Callable[[], dict[str, Any]], path: str) -> None:
    try:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        Path(path).write_text(json.dumps(work()), "utf-8")
    finally:
        os._exit(0)


def _wait(child: int, limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(_POLL_S)
    return False


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
