"""A pool of killable processes for the pure, costly stages: a deadline for each job, a memory limit for each process.

The deadline is in CPU seconds: a busy machine makes no job fail. The processes are forks of one that has imported what
they need (`worker_process`); the event loop itself talks with them (`worker_channels`), without threads.

A job that exceeds them ends as one `PermanentError` with the outcome that its caller names; its process is replaced and
the pool goes on. Arguments and results are plain data.
"""

import asyncio
import importlib
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Self, TypeVar

from ingestd.model.errors import Outcome, PermanentError, TemporaryError
from ingestd.poll.worker_channels import ChannelClosedError, Template, Worker

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: A worker process is replaced after so many jobs, which bounds a leak in a parser.
MAX_JOBS_PER_WORKER = 5_000
#: So many times its deadline in CPU seconds a job may take by the clock: one that waits uses no CPU time.
MAX_CLOCK_RATIO = 10
#: Attempts at a job whose worker process ended through no fault of the job.
MAX_ATTEMPTS = 6
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


class _NoProcessError(Exception):
    """No worker process can be started now."""


class _WorkerEndedError(Exception):
    """The process of a job ended before the job did; `exitcode` is negative for a signal."""

    def __init__(self, exitcode: int) -> None:
        super().__init__(f"signal {-exitcode}" if exitcode < 0 else f"exit status {exitcode}")
        self.exitcode = exitcode


class _TooLongError(Exception):
    """A job has taken too long by the clock."""


class WorkerPool:
    """The pool; processes start with the first jobs. An async context manager."""

    def __init__(self, *, processes: int, memory: int, preload: tuple[str, ...] = ()) -> None:
        """`memory` bounds the address space of one process, in bytes; each has the modules `preload` at its start."""
        self._processes = processes
        self._memory = memory
        self._preload = preload
        self._template: Template | None = None
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        # One event loop may follow another: each has slots of its own.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(processes)
        self._closed = False

    async def __aenter__(self) -> Self:
        self._closed = False
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        template, self._template = self._template, None
        for worker in tuple(self._workers):
            worker.close()
        self._workers.clear()
        self._idle.clear()
        if template is not None:
            await asyncio.to_thread(template.close)

    @property
    def pids(self) -> list[int]:
        """The numbers of the worker processes."""
        return [worker.pid for worker in self._workers]

    async def run(
        self, function: Callable[..., T], *args: Any, deadline: float, too_costly: Outcome, **kwargs: Any
    ) -> T:
        """`function(*args, **kwargs)` in a worker, within `deadline` seconds of CPU time.

        A job whose process is killed from outside is run again in another one. Raises what the function raises;
        PermanentError(`too_costly`) where it exceeds its deadline or memory, or ends its process twice; TemporaryError
        where the pool is stopping, or no worker process can be started.
        """
        task = partial(function, *args, **kwargs)
        too_long = f"took longer than {deadline:g} s and was stopped"
        reason = ""
        for _ in range(MAX_ATTEMPTS):
            if self._closed:
                raise TemporaryError(Outcome.INTERRUPTED, "stopped before it was read")
            try:
                done: T = await self._once(task, deadline)
                return done
            except _TooLongError as error:
                raise PermanentError(too_costly, too_long) from error
            except MemoryError as error:
                raise PermanentError(
                    too_costly, f"needed more than {self._memory >> 20} MiB and was stopped"
                ) from error
            except _WorkerEndedError as error:
                if error.exitcode == -signal.SIGPROF:
                    raise PermanentError(too_costly, too_long) from error
                if reason.startswith(_DIED) and not self._closed:
                    raise PermanentError(too_costly, f"{_DIED} ({error})") from error
                reason = f"{_DIED} ({error})"
            except _NoProcessError as error:
                reason = str(error)
                await asyncio.sleep(RETRY_PAUSE_S)
        raise TemporaryError(Outcome.LOCAL_FAULT, f"no process could read it: {reason}")

    async def _once(self, task: Callable[[], T], deadline: float) -> T:
        slots = self._slots_of_loop()
        async with slots:
            worker = await self._take()
            try:
                result: T = await self._watched(worker, task, deadline)
                return result
            finally:
                self._put_back(worker)

    def _slots_of_loop(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._slots = loop, asyncio.Semaphore(self._processes)
        return self._slots

    async def _take(self) -> Worker:
        """An idle worker, or a new one."""
        while self._idle:
            if not (worker := self._idle.pop()).ended:
                return worker
            self._workers.discard(worker)
        template = self._template
        try:
            if template is None:
                template = self._template = Template(self._memory, self._preload)
            worker = await template.fork()
        except OSError as error:
            if template is not None and self._template is template:
                self._template = None
                template.close()
            raise _NoProcessError(f"no process can be started: {error.strerror or error}") from error
        self._workers.add(worker)
        return worker

    async def _watched(self, worker: Worker, task: Callable[[], T], deadline: float) -> T:
        """The result of a job, which is ended where it takes too long by the clock."""
        loop, started, limit = asyncio.get_running_loop(), time.monotonic(), MAX_CLOCK_RATIO * deadline
        expired = False
        timer: asyncio.TimerHandle

        def watch() -> None:
            nonlocal expired, timer
            # The time of an event loop may pass faster than that of its workers.
            if (left := started + limit - time.monotonic()) > 0:
                timer = loop.call_later(left, watch)
            else:
                expired = True
                worker.kill()

        timer = loop.call_later(limit, watch)
        try:
            result: T = await worker.run(deadline, task)
            return result
        except ChannelClosedError as error:
            exitcode = await self._exitcode(worker)
            if expired:
                raise _TooLongError from error
            raise _WorkerEndedError(exitcode) from error
        finally:
            timer.cancel()

    async def _exitcode(self, worker: Worker) -> int:
        try:
            return -signal.SIGKILL if self._template is None else await self._template.exitcode(worker.pid)
        except OSError:
            # The template has ended, and its workers with it.
            return -signal.SIGKILL

    def _put_back(self, worker: Worker) -> None:
        """Keep a worker for the next job, unless it has ended or is to be replaced."""
        if worker.is_busy and not worker.ended:
            worker.kill()
        elif not worker.ended and worker.jobs < MAX_JOBS_PER_WORKER and not self._closed:
            self._idle.append(worker)
            return
        worker.close()
        self._workers.discard(worker)
