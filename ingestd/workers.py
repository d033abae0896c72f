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
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineExceeded
from functools import partial
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from ingestd.errors import Outcome, PermanentError, TemporaryError

T = TypeVar("T")

#: A worker is replaced after this many tasks, so that a leak in a parser never grows for long.
_TASKS_A_WORKER = 5_000
_PR_SET_PDEATHSIG = 1


class Workers:
    """The pool; processes start with the first task. Use as an async context manager."""

    def __init__(self, *, processes: int, memory: int, preload: tuple[str, ...] = ()) -> None:
        """`memory` is the most address space of one process in bytes; `preload` names modules that each one imports."""
        self._processes = processes
        self._memory = memory
        self._preload = preload
        self._pool: Any = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.stop()
            await asyncio.to_thread(self._pool.join)
            self._pool = None

    async def run(
        self, function: Callable[..., T], *args: Any, deadline: float, too_costly: Outcome, **kwargs: Any
    ) -> T:
        """`function(*args, **kwargs)` in a worker, within `deadline` seconds of its start.

        Raises whatever the function raises; PermanentError(`too_costly`) where it took too long, too much memory or its
        process with it; TemporaryError(INTERNAL_ERROR) where the pool is stopping.
        """
        if self._pool is None:
            self._pool = self._start()
        try:
            return await asyncio.wrap_future(self._pool.schedule(partial(function, *args, **kwargs), timeout=deadline))
        except DeadlineExceeded as error:
            raise PermanentError(too_costly, f"took longer than {deadline:g} s and was stopped") from error
        except MemoryError as error:
            raise PermanentError(too_costly, f"needed more than {self._memory >> 20} MiB and was stopped") from error
        except ProcessExpired as error:
            raise PermanentError(too_costly, f"the process that read it died ({error})") from error
        except RuntimeError as error:
            if not self._pool.active:
                raise TemporaryError(Outcome.INTERRUPTED, "stopped before it was read") from error
            raise

    def _start(self) -> Any:
        # spawn, not fork: the parent has threads, and a forked child would inherit their locks in any state.
        return ProcessPool(
            max_workers=self._processes,
            max_tasks=_TASKS_A_WORKER,
            initializer=_prepare,
            initargs=(self._memory, self._preload),
            context=multiprocessing.get_context("spawn"),
        )


def _prepare(memory: int, preload: tuple[str, ...]) -> None:
    """What each worker does first: bound its memory, die with its parent, leave Ctrl-C to it, import once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for module in preload:
        importlib.import_module(module)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
