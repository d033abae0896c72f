"""The bench's server, held by the process that measures: started, told what to answer, asked what it saw, ended."""

import json
import subprocess
import sys
import urllib.request
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.bench.site import Phase

#: The root of the repository, where `python -m tests.bench…` works.
ROOT = Path(__file__).resolve().parents[2]


class Simulator(AbstractContextManager["Simulator"]):
    """A running server of `feeds` feeds on `hosts` loopback addresses; use it in a `with`."""

    def __init__(
        self,
        feeds: int,
        hosts: int,
        *,
        spare_hosts: int = 0,
        max_requests: int = 2_000_000,
        max_seconds: float = 7200.0,
    ) -> None:
        self.arguments = {
            "feeds": feeds,
            "hosts": hosts,
            "spare-hosts": spare_hosts,
            "max-requests": max_requests,
            "max-seconds": max_seconds,
        }

    def __enter__(self) -> Self:
        options = [f"--{name}={value}" for name, value in self.arguments.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server", *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the bench server did not start")
        ready = json.loads(line)
        self.control: str = ready["control"]
        self.hosts: list[str] = ready["hosts"]
        self.spare: list[str] = ready["spare"]
        self.feeds: list[str] = ready["feeds"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def enter(self, phase: Phase) -> None:
        """Answer as in `phase`, and count from zero."""
        self._ask(f"/phase/{phase}")

    def latency(self, seconds: float) -> None:
        """Answer so much later than asked, and count from zero."""
        self._ask(f"/latency/{seconds}")

    def stats(self) -> dict[str, Any]:
        """Counts since the phase or the latency was set."""
        return self._ask("/stats")

    def _ask(self, path: str) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.control + path, timeout=120) as answer:
            result: dict[str, Any] = json.loads(answer.read())
        return result
