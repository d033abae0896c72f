"""What runs in worker processes: a template that has imported everything and holds no thread, and its forks.

The template gets sockets, one for each worker that it is to fork, and is asked how a worker has ended. A worker gets
jobs on its socket and answers each. The template ends when the other side closes, and its workers end with it.
"""

import contextlib
import ctypes
import errno
import gc
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
import traceback
from collections.abc import Callable
from typing import Any

#: Before each message between the main process and a worker: its length.
HEADER = struct.Struct(">Q")
#: To and from the template: the number of a process, and how it ended.
NUMBER = struct.Struct(">q")
_PR_SET_PDEATHSIG = 1
# mallopt(3) of glibc: blocks of at least the first size, in bytes, are returned to the system when they are freed, and
# the free end of the heap when it reaches the second. By default one large feed leaves a process large.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = (-3, 262_144), (-1, 1_048_576)


def serve_forks(descriptor: int, memory: int, preload: tuple[str, ...]) -> None:
    """Be the template: import `preload`, and fork a worker for each socket that arrives, until the other side closes.

    `memory` bounds the address space of one worker, in bytes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return_freed_memory()
    # What is imported stays: the garbage collector need not look through it.
    gc.disable()
    for module in preload:
        importlib.import_module(module)
    gc.freeze()
    gc.enable()
    control, workers, ended = socket.socket(fileno=descriptor), set[int](), dict[int, int]()
    with contextlib.suppress(OSError):
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, NUMBER.size, 1)
            if not message:
                break
            if descriptors:
                _collect(workers, ended)
                workers.add(number := _forked(control, descriptors[0], memory))
            else:
                (worker,) = NUMBER.unpack(message)
                number = ended.pop(worker) if worker in ended else _exitcode(worker)
                workers.discard(worker)
            control.sendall(NUMBER.pack(number))
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        _exitcode(worker)


def _collect(workers: set[int], ended: dict[int, int]) -> None:
    """Note how those workers ended that have: nobody may ask."""
    for worker in tuple(workers):
        found, status = os.waitpid(worker, os.WNOHANG)
        if found:
            workers.discard(worker)
            ended[worker] = os.waitstatus_to_exitcode(status)


def _forked(control: socket.socket, descriptor: int, memory: int) -> int:
    """The number of a new worker, which has the channel `descriptor`."""
    worker = os.fork()
    if worker == 0:
        control.close()
        _work_to_the_end(socket.socket(fileno=descriptor), memory)
    os.close(descriptor)
    return worker


def _exitcode(worker: int) -> int:
    """How a worker ended, negative for a signal; it has ended, or is about to."""
    return os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])


def _work_to_the_end(channel: socket.socket, memory: int) -> None:
    """Be a worker; the process ends without the clean-up of its template."""
    try:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        bound = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
        with contextlib.suppress(OSError):
            _work(channel)
    finally:
        os._exit(0)


def _work(channel: socket.socket) -> None:
    while (size := _received(channel, HEADER.size)) is not None:
        message = _received(channel, HEADER.unpack(size)[0])
        if message is None:
            return
        answer = _answer(message)
        del message
        channel.sendall(HEADER.pack(len(answer)))
        channel.sendall(answer)


def _received(channel: socket.socket, size: int) -> bytearray | None:
    """So many bytes; None where the other side has closed."""
    try:
        data = bytearray(size)
    except MemoryError:
        # It is too large for this process: the bytes are passed over, and the job fails for want of memory.
        while size and (passed := len(channel.recv(min(size, 65_536)))):
            size -= passed
        return bytearray() if not size else None
    view, got = memoryview(data), 0
    while got < size:
        count = channel.recv_into(view[got:])
        if not count:
            return None
        got += count
    return data


def _answer(message: bytearray) -> bytes:
    """The pickled answer to a job: (True, result) or (False, exception)."""
    try:
        if not message:
            raise MemoryError
        seconds, task = pickle.loads(message)  # noqa: S301 - from the process that started this one
        return pickle.dumps((True, _within_cpu_time(seconds, task)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - it is raised where the job was given
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return pickle.dumps((False, MemoryError()), pickle.HIGHEST_PROTOCOL)
        with contextlib.suppress(MemoryError):
            error.add_note("in a worker process:\n" + "".join(traceback.format_exception(error)))
        try:
            return pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        except Exception:  # noqa: BLE001 - some exceptions cannot be pickled
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")), pickle.HIGHEST_PROTOCOL)


def _within_cpu_time(seconds: float, task: Callable[[], Any]) -> Any:
    """The result of `task`. The kernel ends the process (SIGPROF) after `seconds` of CPU time."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return task()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def return_freed_memory() -> None:
    """Set malloc to return freed memory to the system, where the C library is glibc."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(*_M_MMAP_THRESHOLD)
        library.mallopt(*_M_TRIM_THRESHOLD)
