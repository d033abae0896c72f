"""Runs ingestd with every thread of the main process under cProfile: `python -m tests.bench.profiled FILE fetch …`.

The time is the CPU time of each thread, so that waiting for other threads and for the network does not count. FILE gets
one line of JSON with, for each thread, the seconds in each function itself and in the function and below.
"""

import cProfile
import json
import pstats
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PROFILES: list[tuple[str, cProfile.Profile]] = []


def _profiled(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    profile = cProfile.Profile(time.thread_time)
    _PROFILES.append((name, profile))
    try:
        return profile.runcall(function, *arguments)
    finally:
        profile.disable()


def figures(profile: cProfile.Profile) -> dict[str, tuple[int, float, float]]:
    """Of each function: calls, seconds in itself, seconds in it and below."""
    found: dict[str, tuple[int, float, float]] = {}
    for (file, line, name), (_, calls, own, below, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        short = file.rpartition("site-packages/")[2].removeprefix(f"{Path.cwd()}/")
        found[f"{short}:{line} {name}"] = (calls, own, below)
    return found


def main(argv: list[str]) -> None:
    target, *command = argv
    run = threading.Thread.run
    threading.Thread.run = lambda thread: _profiled(thread.name, run, thread)  # type: ignore[method-assign,assignment]
    sys.argv = ["ingestd", *command]
    from ingestd.__main__ import main as program

    try:
        _profiled("MainThread", program)
    finally:
        Path(target).write_text(json.dumps({name: figures(profile) for name, profile in _PROFILES}))


if __name__ == "__main__":
    main(sys.argv[1:])
