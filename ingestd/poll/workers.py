"""A pool of killable processes for the pure, costly stages: a deadline for each job, a memory limit for each process.

The deadline is in CPU seconds: a busy machine makes no job fail.

A job that exceeds them ends as one `PermanentError` with the outcome that its caller names; its process is replaced and
the pool goes on. Arguments and results are plain data.
"""

import asyncio
import contextlib
import ctypes
import gc
import importlib
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as DeadlineExceeded
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from ingestd.model.errors import Outcome, PermanentError, TemporaryError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: A worker process is replaced after so many jobs, which bounds a leak in a parser.
MAX_JOBS_PER_WORKER = 5_000
_PR_SET_PDEATHSIG = 1
# mallopt(3) of glibc: blocks of at least the first size, in bytes, are returned to the system when they are freed, and
# the free end of the heap when it reaches the second. By default one large feed leaves a process large.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = (-3, 262_144), (-1, 1_048_576)
#: So many times its deadline in CPU seconds a job may take by the clock: one that waits uses no CPU time.
MAX_CLOCK_RATIO = 10
#: Attempts at a job whose worker process ended through no fault of the job.
MAX_ATTEMPTS = 6
#: Seconds between two checks of a job that has not returned.
WATCH_INTERVAL_S = 5.0
#: Seconds before a lost job is run again.
RETRY_PAUSE_S = 0.5
_DIED = "the process that read it died"


@dataclass(frozen=True, slots=True)
class Job(Generic[T_co]):
    """A function by the names of its module and itself, so that the caller need not import what the function needs."""

    module: str
    name: str

    def __call__(self, *args: Any, **kwargs: Any) -> T_co:
        """The function's result. Raises what it raises."""
        result: T_co = getattr(importlib.import_module(self.module), self.name)(*args, **kwargs)
        return result


class _JobLostError(Exception):
    """The job ended through no fault of its own, and may be run again."""


class WorkerPool:
    """The pool; processes start with the first job. An async context manager."""

    def __init__(self, *, processes: int, memory: int, preload: tuple[str, ...] = ()) -> None:
        """`memory` bounds the address space of one process, in bytes; each imports the modules `preload` at start."""
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
        """`function(*args, **kwargs)` in a worker, within `deadline` seconds of CPU time.

        A job whose process is killed from outside is run again in another one. Raises what the function raises;
        PermanentError(`too_costly`) where it exceeds its deadline or memory, or ends its process twice; TemporaryError
        where the pool is stopping, or no worker process can be started.
        """
        task = partial(_within_cpu_time, deadline, partial(function, *args, **kwargs))
        too_long = f"took longer than {deadline:g} s and was stopped"
        reason = ""
        for _ in range(MAX_ATTEMPTS):
            try:
                return await self._once(task, MAX_CLOCK_RATIO * deadline)
            except DeadlineExceeded as error:
                raise PermanentError(too_costly, too_long) from error
            except MemoryError as error:
                raise PermanentError(
                    too_costly, f"needed more than {self._memory >> 20} MiB and was stopped"
                ) from error
            except ProcessExpired as error:
                if error.exitcode == -signal.SIGPROF:
                    raise PermanentError(too_costly, too_long) from error
                if reason.startswith(_DIED):
                    raise PermanentError(too_costly, f"{_DIED} ({error})") from error
                reason = f"{_DIED} ({error})"
            except _JobLostError as error:
                reason = str(error)
                if self._closed:
                    break
                await asyncio.sleep(RETRY_PAUSE_S)
        if self._closed:
            raise TemporaryError(Outcome.INTERRUPTED, "stopped before it was read")
        raise TemporaryError(Outcome.LOCAL_FAULT, f"no process could read it: {reason}")

    async def _once(self, task: Callable[[], T], deadline: float) -> T:
        if self._closed:
            raise _JobLostError("the pool is closed")
        self._pool = pool = self._pool or self._start()
        started = time.monotonic()
        try:
            result: T = await self._result(pool, self._scheduled(pool, task, deadline), deadline)
        except DeadlineExceeded:
            if time.monotonic() - started < deadline:
                raise _JobLostError("the clock was set") from None
            raise
        except RuntimeError as error:
            if pool.active and not isinstance(error, BrokenExecutor):
                raise
            # A worker process that dies without a job, or before its first, leaves the whole pool broken.
            self._replace(pool)
            raise _JobLostError(f"the workers died ({error})") from error
        return result

    def _scheduled(self, pool: Any, task: Callable[[], T], deadline: float) -> Any:
        try:
            return pool.schedule(task, timeout=deadline)
        except OSError as error:
            self._replace(pool)
            raise _JobLostError(f"no process can be started: {error.strerror or error}") from error
        except RuntimeError as error:
            # Its threads cannot be started, or it was broken meanwhile.
            self._replace(pool)
            raise _JobLostError(f"no process can be started: {error}") from error

    async def _result(self, pool: Any, task: Any, deadline: float) -> Any:
        """The result of a scheduled job. A probe finds a job that the pool lost because its worker died."""
        waiting = asyncio.wrap_future(task)
        running_since = probe = None
        try:
            while not (await asyncio.wait({waiting}, timeout=WATCH_INTERVAL_S))[0]:
                if task.running():
                    running_since = running_since or time.monotonic()
                    if time.monotonic() - running_since > deadline + WATCH_INTERVAL_S:
                        raise DeadlineExceeded
                elif probe is not None and probe.done():
                    # A job that was scheduled later is done: this one was lost with its worker.
                    raise _JobLostError("a worker died")
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
            max_tasks=MAX_JOBS_PER_WORKER,
            initializer=_initialise,
            initargs=(self._memory, self._preload),
            context=multiprocessing.get_context("spawn"),
        )


def _within_cpu_time(seconds: float, task: Callable[[], T]) -> T:
    """The result of `task`, in a worker process. The kernel ends the process (SIGPROF) after `seconds` of CPU time."""
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


def _initialise(memory: int, preload: tuple[str, ...]) -> None:
    """Initialise a worker process: bound its memory, die with its parent, leave Ctrl-C to it, import modules."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return_freed_memory()
    # What is imported stays: the garbage collector need not look through it.
    gc.disable()
    for module in preload:
        importlib.import_module(module)
    gc.freeze()
    gc.enable()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
