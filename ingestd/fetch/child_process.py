"""A program that the configuration names: what it prints, up to a bound, what it says last, and its end."""

import asyncio
import contextlib
import os
import signal

#: Bytes of a program's standard error that are kept.
MAX_STDERR_BYTES = 4_000
#: Seconds for a program that was killed to end: one that waits for a disk may take longer, and is left.
REAP_TIMEOUT_S = 10.0


class ChildProcess(asyncio.SubprocessProtocol):
    """Keeps the standard output of a program, up to a bound, and the last of its standard error.

    `exited` is done when the program has ended, `ended` when all is read as well, or the bound is exceeded.
    """

    def __init__(self, max_output_bytes: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.output = bytearray()
        self._stderr = bytearray()
        self._max_output_bytes = max_output_bytes

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Called by the event loop."""
        if fd != 1:
            self._stderr += data
            del self._stderr[:-MAX_STDERR_BYTES]
        elif len(self.output) <= self._max_output_bytes:
            self.output += data
            if len(self.output) > self._max_output_bytes:
                _finish(self.ended)

    def process_exited(self) -> None:
        """Called by the event loop."""
        _finish(self.exited)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - its signature
        """Called by the event loop when the program has ended and its output is read."""
        _finish(self.ended)

    def complaint(self, max_chars: int) -> str:
        """The last of standard error on one line, behind a colon; empty where nothing was written."""
        text = " ".join(self._stderr.decode("utf-8", "replace").split())[-max_chars:]
        return f": {text}" if text else ""


def _finish(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


async def kill_group(transport: asyncio.SubprocessTransport, child: ChildProcess) -> None:
    """Kill a program that leads its session, and what it has started, and read its status."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
    # Its status is read, so that no zombie is left.
    await asyncio.wait((child.exited,), timeout=REAP_TIMEOUT_S)
