"""A pool of killable processes for the pure, costly stages: each task has a deadline and each process a memory limit.

A task that exceeds them ends as one `PermanentError` with the outcome that its caller names; its process is replaced
and the pool lives on. Tasks and results are plain data.
"""

import asyncio
import contextlib
import ctypes
import importlib
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineExceeded
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from ingestd.model.errors import Outcome, PermanentError, TemporaryError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: A worker is replaced after this many tasks, so that a leak in a parser never grows for long.
_TASKS_A_WORKER = 5_000
_PR_SET_PDEATHSIG = 1
# glibc's mallopt(3): blocks from the first size on, in bytes, are given back to the system as soon as they are free,
# and so is the free end of the heap from the second size on. Else one large feed makes a process large for ever.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = (-3, 262_144), (-1, 1_048_576)
#: How often a task is given to a worker before nothing is to be hoped from another one.
_TRIES = 6
#: Seconds after which a task is looked after.
_LOOK_S = 5.0
#: Seconds before a task that was lost is tried again.
_PAUSE_S = 0.5
_DIED = "the process that read it died"


@dataclass(frozen=True, slots=True)
class Job(Generic[T_co]):
    """A function of another module by its name: whoever asks for it needs not import what the work needs."""

    module: str
    name: str

    def __call__(self, *args: Any, **kwargs: Any) -> T_co:
        """The function's result. Raises what it raises."""
        result: T_co = getattr(importlib.import_module(self.module), self.name)(*args, **kwargs)
        return result


class _LostError(Exception):
    """Something that is no fault of the task ended it: it may be tried again."""


class WorkerPool:
    """The pool; processes start with the first task. Use as an async context manager."""

    def __init__(self, *, processes: int, memory: int, preload: tuple[str, ...] = ()) -> None:
        """`memory` is the most address space of one process in bytes; `preload` names modules that each one imports."""
        self._processes = processes
        self._memory = memory
        self._preload = preload
        self._pool: Any = None
        self._closed = False

    async def __aenter__(self) -> Self:
        self._closed = False
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        if self._pool is not None:
            self._pool.stop()
            await asyncio.to_thread(self._pool.join)
            self._pool = None

    async def run(
        self, function: Callable[..., T], *args: Any, deadline: float, too_costly: Outcome, **kwargs: Any
    ) -> T:
        """`function(*args, **kwargs)` in a worker, within `deadline` seconds of its start.

        What ends with its process through no fault of its own (somebody kills workers) is tried again in another one.
        Raises whatever the function raises; PermanentError(`too_costly`) where it took too long, too much memory or its
        process with it; TemporaryError where the pool is stopping, or no worker can be started.
        """
        task = partial(function, *args, **kwargs)
        reason = ""
        for _ in range(_TRIES):
            try:
                return await self._once(task, deadline)
            except DeadlineExceeded as error:
                raise PermanentError(too_costly, f"took longer than {deadline:g} s and was stopped") from error
            except MemoryError as error:
                raise PermanentError(
                    too_costly, f"needed more than {self._memory >> 20} MiB and was stopped"
                ) from error
            except ProcessExpired as error:
                if reason.startswith(_DIED):
                    raise PermanentError(too_costly, f"{_DIED} ({error})") from error
                reason = f"{_DIED} ({error})"
            except _LostError as error:
                reason = str(error)
                await asyncio.sleep(_PAUSE_S)
        if self._closed:
            raise TemporaryError(Outcome.INTERRUPTED, "stopped before it was read")
        raise TemporaryError(Outcome.INTERNAL_ERROR, f"no process could read it: {reason}")

    async def _once(self, task: Callable[[], T], deadline: float) -> T:
        if self._closed:
            raise _LostError("the pool is closed")
        self._pool = pool = self._pool or self._start()
        started = time.monotonic()
        try:
            result: T = await self._result(pool, self._scheduled(pool, task, deadline), deadline)
        except DeadlineExceeded:
            if time.monotonic() - started < deadline:
                raise _LostError("the clock was set") from None
            raise
        except RuntimeError as error:
            if pool.active:
                raise
            # A worker that dies while it has no task, or before its first, leaves the whole pool broken.
            self._replace(pool)
            raise _LostError(f"the workers died ({error})") from error
        return result

    def _scheduled(self, pool: Any, task: Callable[[], T], deadline: float) -> Any:
        try:
            return pool.schedule(task, timeout=deadline)
        except OSError as error:
            self._replace(pool)
            raise _LostError(f"no process can be started: {error.strerror or error}") from error

    async def _result(self, pool: Any, task: Any, deadline: float) -> Any:
        """What comes of a task of the pool, watched in case that the pool itself forgets it."""
        waiting = asyncio.wrap_future(task)
        running_since = probe = None
        try:
            while not (await asyncio.wait({waiting}, timeout=_LOOK_S))[0]:
                if task.running():
                    running_since = running_since or time.monotonic()
                    if time.monotonic() - running_since > deadline + _LOOK_S:
                        raise DeadlineExceeded
                elif probe is not None and probe.done():
                    # What came later is through: this one died with the worker that was taking it.
                    raise _LostError("a worker died")
                else:
                    probe = probe or pool.schedule(int, timeout=deadline)
        finally:
            waiting.cancel()
        return waiting.result()

    def _replace(self, pool: Any) -> None:
        if self._pool is pool:
            self._pool = None
            with contextlib.suppress(OSError, RuntimeError):
                pool.stop()

    def _start(self) -> Any:
        # spawn, not fork: the parent has threads, and a forked child would inherit their locks in any state.
        return ProcessPool(
            max_workers=self._processes,
            max_tasks=_TASKS_A_WORKER,
            initializer=_prepare,
            initargs=(self._memory, self._preload),
            context=multiprocessing.get_context("spawn"),
        )


def give_memory_back() -> None:
    """Let this process shrink again after a large feed, where its C library knows how."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(*_M_MMAP_THRESHOLD)
        library.mallopt(*_M_TRIM_THRESHOLD)


def _prepare(memory: int, preload: tuple[str, ...]) -> None:
    """What each worker does first: bound its memory, die with its parent, leave Ctrl-C to it, import once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    give_memory_back()
    for module in preload:
        importlib.import_module(module)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
