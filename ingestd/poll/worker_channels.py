"""The main process's ends of its worker processes: the template that forks them, and one `Worker` for each.

They may be used in several event loops, one after another.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ingestd.poll.worker_process import HEADER, NUMBER

#: Seconds that the template has to end: it may be importing.
END_S = 10.0
#: Bytes that are read from a worker at once while the length of its answer is unknown.
_FIRST_READ_BYTES = 65_536
_START = (
    "import json, sys\n"
    "path, *arguments = json.loads(sys.argv[1])\n"
    "sys.path[:] = path\n"
    "from ingestd.poll.worker_process import serve_forks\n"
    "serve_forks(*arguments)"
)


class ChannelClosedError(Exception):
    """The process of a worker has ended, or is no longer wanted."""


class Template:
    """The process that forks workers. Raises OSError where it cannot be started or has ended."""

    def __init__(self, memory: int, preload: tuple[str, ...]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # Where the standard streams are closed, a socket may have one of their numbers.
            descriptor = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)
            try:
                arguments = json.dumps([sys.path, descriptor, memory, preload])
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-c", _START, arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=None if _is_open(2) else subprocess.DEVNULL,
                    pass_fds=(descriptor,),
                )
            except OSError:
                ours.close()
                raise
            finally:
                os.close(descriptor)
        ours.setblocking(False)
        self._control = ours
        self._turns: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def fork(self) -> "Worker":
        """A new worker."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                pid = await self._ask(lambda: socket.send_fds(self._control, [NUMBER.pack(0)], [theirs.fileno()]))
        except BaseException:
            ours.close()
            raise
        return Worker(pid, ours)

    async def exitcode(self, pid: int) -> int:
        """How a worker ended, negative for a signal; it has ended or is about to."""
        return await self._ask(lambda: self._control.send(NUMBER.pack(pid)))

    async def _ask(self, send: Callable[[], int]) -> int:
        """Send one question and read its answer: one at a time, so that each gets its own."""
        loop = asyncio.get_running_loop()
        if self._turns is None or self._loop is not loop:
            if self._turns is not None and self._turns.locked():
                raise OSError("its answer to an earlier question was not read")
            self._loop, self._turns = loop, asyncio.Lock()
        asked = asyncio.ensure_future(self._asked(self._turns, loop, send))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            # The answer to this question must not be taken for that to the next one.
            await asked
            raise

    async def _asked(self, turns: asyncio.Lock, loop: asyncio.AbstractEventLoop, send: Callable[[], int]) -> int:
        async with turns:
            send()
            data = await loop.sock_recv(self._control, NUMBER.size)
        if len(data) < NUMBER.size:
            raise OSError("the process that starts workers has ended")
        number: int = NUMBER.unpack(data)[0]
        return number

    def close(self) -> None:
        """End the process, which ends its workers. Blocks until it has."""
        self._control.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Worker:
    """One worker process, which does one job at a time. `jobs` counts those that it was given."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        channel.setblocking(False)
        self.pid = pid
        self.jobs = 0
        self.ended = False
        self._channel = channel
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answer: asyncio.Future[memoryview] | None = None
        self._received = bytearray()
        self._wanted = 0

    @property
    def is_busy(self) -> bool:
        """Whether it has a job whose answer has not come."""
        return self._answer is not None

    async def run(self, seconds: float, task: Callable[[], Any]) -> Any:
        """The result of a job, which may take so many seconds of CPU time. Raises what it raises.

        Raises ChannelClosedError where the process has ended.
        """
        loop = asyncio.get_running_loop()
        self.jobs += 1
        self._answer = answer = loop.create_future()
        if self._loop is not loop:
            self._loop = loop
            loop.add_reader(self._channel, self._read)
        with contextlib.suppress(OSError):
            # Where it has ended, reading tells.
            await self._send(loop, pickle.dumps((seconds, task), pickle.HIGHEST_PROTOCOL))
        received = await answer
        self._answer = None
        succeeded, value = pickle.loads(received)  # noqa: S301 - from a process of ours
        if succeeded:
            return value
        raise value

    def kill(self) -> None:
        """End the process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Take no more from the process, which ends by itself when it has no job."""
        if self.ended:
            return
        self.ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._channel)
        self._channel.close()
        if self._answer is not None and not self._answer.done() and not self._answer.get_loop().is_closed():
            self._answer.set_exception(ChannelClosedError())

    async def _send(self, loop: asyncio.AbstractEventLoop, message: bytes) -> None:
        head = HEADER.pack(len(message))
        try:
            sent = self._channel.sendmsg([head, message])
        except BlockingIOError:
            sent = 0
        if sent < len(head):
            await loop.sock_sendall(self._channel, head[sent:])
            sent = len(head)
        if (rest := sent - len(head)) < len(message):
            await loop.sock_sendall(self._channel, memoryview(message)[rest:])

    def _read(self) -> None:
        """Called by the event loop where something has come."""
        try:
            if self._wanted:
                count = self._channel.recv_into(memoryview(self._received)[-self._wanted :])
                self._wanted -= count
            else:
                count = self._read_first()
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self.close()
        elif not self._wanted and self._answer is not None and len(self._received) >= HEADER.size:
            answer, self._received = self._received, bytearray()
            if not self._answer.done():
                self._answer.set_result(memoryview(answer)[HEADER.size :])

    def _read_first(self) -> int:
        """Read the length of an answer and what comes with it; make room for the rest."""
        data = self._channel.recv(_FIRST_READ_BYTES)
        self._received += data
        if len(self._received) >= HEADER.size:
            size = HEADER.size + HEADER.unpack_from(self._received)[0]
            whole = bytearray(size)
            whole[: len(self._received)] = self._received
            self._wanted, self._received = size - len(self._received), whole
        return len(data)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
