"""What one command costs: CPU of all its processes, wall time, and the memory that they hold together.

CPU is what the kernel accounts to the command and to every process it leaves behind. The measuring process becomes
the "subreaper" of its children (prctl(2)), so that an orphan or a worker that was killed is inherited, waited for and
counted too. Memory is sampled: the sum of resident sizes (shared pages count in every process) and, less often because
reading it is slow, the sum of proportional sizes (shared pages count once).
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_RSS_EVERY_S = 0.05
_PSS_EVERY = 6
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, and megabytes (10^6 bytes) at the peak; `status` is the exit status, negative for a signal.

    `main_s` is the CPU of the command's own process alone.
    """

    cpu_s: float
    main_s: float
    user_s: float
    system_s: float
    wall_s: float
    rss_mb: float
    pss_mb: float
    processes: int
    status: int
    stdout: str
    stderr: str


@contextmanager
def running(command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """A command that runs while the block does, and is then told to end."""
    process = subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 1800.0,
    memory: bool = True,
    on_start: Callable[[int], None] = lambda _pid: None,
) -> Cost:
    """Run a command to its end and say what it cost; killed, with all it started, after `timeout_s`.

    `memory` False leaves the sampling out, for commands so short that it would disturb them. `on_start` gets the
    process id.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others = set(_children(os.getpid()))
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, text=True,
    )  # fmt: skip
    on_start(process.pid)
    sampler = _Sampler(process.pid)
    if memory:
        sampler.start()
    killer = threading.Timer(timeout_s, _kill_tree, (process.pid,))
    killer.start()
    streams = _Streams(process)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    main = _own_cpu_s(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    sampler.stop.set()
    usages = [usage, *_reap_orphans(others)]
    killer.cancel()
    stdout, stderr = streams.collect()
    if memory:
        sampler.join()
    user, system = sum(u.ru_utime for u in usages), sum(u.ru_stime for u in usages)
    return Cost(
        cpu_s=user + system,
        main_s=main,
        user_s=user,
        system_s=system,
        wall_s=wall,
        rss_mb=sampler.rss / _MB,
        pss_mb=sampler.pss / _MB,
        processes=max(len(sampler.seen), 1),
        status=process.returncode,
        stdout=stdout,
        stderr=stderr,
    )


class _Streams:
    """Both outputs read in threads, so that a full pipe never blocks the command."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.texts = ["", ""]
        self.threads = [
            threading.Thread(target=self._read, args=(n, stream), daemon=True)
            for n, stream in enumerate((process.stdout, process.stderr))
        ]
        for thread in self.threads:
            thread.start()

    def _read(self, n: int, stream: object) -> None:
        with stream:  # type: ignore[attr-defined]
            self.texts[n] = stream.read()  # type: ignore[attr-defined]

    def collect(self) -> tuple[str, str]:
        for thread in self.threads:
            thread.join(10)
        return self.texts[0], self.texts[1]


class _Sampler(threading.Thread):
    """Looks at the memory of a process and its descendants until `stop` is set."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.stop = threading.Event()
        self.rss = self.pss = 0
        self.seen: set[int] = set()

    def run(self) -> None:
        look = 0
        while not self.stop.wait(_RSS_EVERY_S):
            pids = tree(self.pid)
            self.seen.update(pids)
            self.rss = max(self.rss, sum(map(_rss, pids)))
            if look % _PSS_EVERY == 0:
                self.pss = max(self.pss, sum(map(_pss, pids)))
            look += 1


def tree(pid: int) -> list[int]:
    """A process and its living descendants."""
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        todo += _children(current)
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:  # the process, or one of its threads, ended while we looked
        pass
    return found


def _own_cpu_s(pid: int) -> float:
    """CPU seconds of a process without its children, also of one that has ended and is not yet waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _reap_orphans(others: set[int], patience_s: float = 10.0) -> list["os.struct_rusage"]:  # type: ignore[name-defined]
    """Wait for what the command left behind; what does not end by itself is killed."""
    usages = []
    deadline = time.monotonic() + patience_s
    while left := set(_children(os.getpid())) - others:
        for pid in left:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            try:
                reaped, _, usage = os.wait4(pid, os.WNOHANG)
            except ChildProcessError:
                continue
            if reaped:
                usages.append(usage)
        time.sleep(0.01)
    return usages


def _kill_tree(pid: int) -> None:
    # Parents first: one whose child is killed could end by itself before its turn.
    for each in tree(pid):
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue
