"""Processes that run the command line, forked from a server that has imported it: the import takes a second each time.

Such a process differs from `python -m ingestd` in how it begins: tests of the start itself, of standard streams and of
the interpreter's exit start that one.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing import resource_tracker
from pathlib import Path

#: Makes processes that are forked from the server.
PROCESSES = multiprocessing.get_context("forkserver")
_PRELOADED = (
    "ingestd.cli.main ingestd.cli.run_ ingestd.cli.fetch_ ingestd.cli.extract_ ingestd.daemon.app alembic.command"
)
PROCESSES.set_forkserver_preload([*_PRELOADED.split(), "tests.support.program", "tests.store.make"])


class Program:
    """A process of `ingestd ARGUMENTS`, with what `subprocess.Popen` offers. Its output is appended to files.

    It has one worker process. `stop_timeout_s` replaces how long a daemon may take to stop, and a server to answer;
    `lease_s`, if any, for how long its leases stand.
    """

    def __init__(
        self,
        *arguments: str,
        folder: Path,
        out: Path,
        err: Path,
        variables: dict[str, str],
        stop_timeout_s: float,
        lease_s: float | None = None,
    ) -> None:
        self.out, self.err = out, err
        self._process = PROCESSES.Process(
            target=_run, args=(arguments, str(folder), str(out), str(err), variables, stop_timeout_s, lease_s)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while the process lives."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; the exit status."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0.0)
        return self._process.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end; what was printed, on standard output and standard error."""
        self.wait(timeout)
        return self.out.read_text(encoding="utf-8"), self.err.read_text(encoding="utf-8")

    def send_signal(self, number: int) -> None:
        """Send a signal, where the process lives."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _run(
    arguments: tuple[str, ...],
    folder: str,
    out: str,
    err: str,
    variables: dict[str, str],
    stop_timeout_s: float,
    lease_s: float | None,
) -> None:
    os.chdir(folder)
    os.environ.update(variables)
    for stream, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        opened = os.open(path, flags | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    # A tracker of its own, as every program has: the one of the tests would report at their end what was killed here.
    resource_tracker._resource_tracker._fd = resource_tracker._resource_tracker._pid = None  # type: ignore[attr-defined]
    os.cpu_count = lambda: 1

    from ingestd.cli import run_
    from ingestd.cli.main import run_command
    from ingestd.fetch import transport
    from ingestd.poll import leases
    from ingestd.store import engine

    # On a busy machine a test takes long to stop a daemon whose requests hang on purpose.
    for name in ("CONNECT_TIMEOUT_S", "READ_TIMEOUT_S"):
        setattr(transport, name, stop_timeout_s)
    run_.STOP_TIMEOUT_S = stop_timeout_s
    if lease_s is not None:
        leases.LEASE_S, leases.RENEW_S = lease_s, lease_s / 4
        engine.IDLE_WRITE_TIMEOUT_MS = int(lease_s * 1000)
    sys.exit(run_command(arguments))
