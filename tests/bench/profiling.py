"""Where the CPU of each phase goes: py-spy looks at all processes of a contender while it polls.

Three lists a phase, in CPU milliseconds a feed by samples: the lines of our own package under which time passed, the
functions that held it themselves, and the functions of our own package with all they called. One process is told from
the others only as the first one ("main") and the rest ("workers").
"""

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.bench import measure
from tests.bench.contenders import Contender, Options, environment
from tests.bench.simulator import ROOT, Simulator
from tests.bench.site import Phase

#: Samples a second.
RATE = 250
#: Lines of each list.
TOP = 25

_FRAME = re.compile(r"^(?P<function>.+) \((?P<file>[^()]*):(?P<line>\d+)\)$")


def profile(
    contenders: Iterable[Contender], room: Path, options: Options, feeds: int, hosts: int, phases: list[Phase]
) -> str:
    """The lists of every phase, as text."""
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if spy is None:
        return "the profile needs py-spy: pip install py-spy"
    parts = []
    with Simulator(feeds, hosts) as simulator:
        for contender in contenders:
            home = room / contender.name
            home.mkdir()
            contender.prepare(home, simulator.feeds, options)
            for phase in phases:
                simulator.enter(phase)
                raw = home / f"{phase}.raw"
                watch = [
                    spy,
                    "record",
                    "--subprocesses",
                    "--nonblocking",
                    f"--rate={RATE}",
                    "--format=raw",
                    f"--output={raw}",
                ]
                cost = measure.run([*watch, "--", *contender.command(home)], cwd=ROOT, env=environment(), memory=False)
                count = simulator.stats().get("pages", 0) or feeds
                unit = "page" if options.pages and count != feeds else "feed"
                if not raw.exists():
                    return f"py-spy failed: {cost.stderr}"
                parts.append(f"== {contender.name}, {phase}, ms a {unit} ==\n{digest(raw.read_text(), count)}")
    return "\n\n".join(parts)


def digest(raw: str, units: int) -> str:
    """The three lists of a py-spy raw file ("frame;frame;frame count" a line), in milliseconds a unit."""
    total: Counter[str] = Counter()
    own_lines: Counter[str] = Counter()
    leaves: Counter[str] = Counter()
    inclusive: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, samples = line.rpartition(" ")
        frames = [frame for frame in map(_parsed, stack.split(";")) if frame]
        if not frames:
            continue
        count = int(samples)
        total["workers" if "worker_process" in stack or "multiprocessing" in stack else "main"] += count
        leaves[f"{frames[-1][1]} {frames[-1][0]}"] += count
        ours = [frame for frame in frames if frame[1].startswith("ingestd/")]
        if ours:
            own_lines[f"{ours[-1][1]}:{ours[-1][2]} {ours[-1][0]}"] += count
        for name in {f"{file} {function}" for function, file, _ in ours}:
            inclusive[name] += count
    scale = 1000 / RATE / units
    return "\n".join(
        [
            *_ranking("by process", total, scale),
            *_ranking("under which line of ours", own_lines, scale),
            *_ranking("in the function itself", leaves, scale),
            *_ranking("in our function and below", inclusive, scale),
        ]
    )


def _parsed(frame: str) -> tuple[str, str, int] | None:
    """(function, file, line) of a frame, the file shortened to what follows site-packages or the repository."""
    if not (match := _FRAME.match(frame)):
        return None
    file = match["file"].rpartition("site-packages/")[2]
    return match["function"], file.removeprefix(f"{ROOT}/"), int(match["line"])


def _ranking(title: str, counts: Counter[str], scale: float) -> list[str]:
    rows = [f"  {count * scale:8.3f}  {name}" for name, count in counts.most_common(TOP)]
    return [f"-- {title}", *rows]
