"""One thread that reads and writes for the event loop; calls that queue while it is busy run in one transaction.

Queued writes share a transaction because the commit takes most of the time. Each has a savepoint, so that a failed one
undoes only itself, and its caller gets the result after the commit. Queued reads share a transaction as well.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from ingestd.store.savepoints import attempt

#: Calls that share a transaction: more would delay the first caller, and other processes that write.
MAX_BATCHED_CALLS = 50


@dataclass(slots=True)
class _Call:
    """A queued call; after it ran, with its value or its error."""

    function: Callable[[Connection], Any]
    future: "asyncio.Future[Any]"
    value: Any = None
    error: BaseException | None = None


class WriterThread:
    """The thread, and the queues of reads and of writes."""

    def __init__(self, engine: Engine, executor: Executor | None = None) -> None:
        """`executor` runs the calls in place of a thread of its own; it must run one at a time."""
        self._engine = engine
        self._thread = executor or ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._lock = threading.Lock()
        self._reads: list[_Call] = []
        self._writes: list[_Call] = []
        self._busy = False

    def close(self) -> None:
        """Wait until every queued call is done."""
        self._thread.shutdown(wait=True)

    def submit(
        self, function: Callable[[Connection], Any], *, writes: bool, first: bool = False
    ) -> "asyncio.Future[Any]":
        """Queue `function(connection)`, at the head of its queue with `first`; the future of its result."""
        call = _Call(function, asyncio.get_running_loop().create_future())
        with self._lock:
            queue = self._writes if writes else self._reads
            queue.insert(0 if first else len(queue), call)
            idle, self._busy = not self._busy, True
        if idle:
            self._thread.submit(self._work)
        return call.future

    def _work(self) -> None:
        while True:
            with self._lock:
                # A caller awaits its result before it submits again, so no queued call depends on another one.
                writes, self._writes = self._writes[:MAX_BATCHED_CALLS], self._writes[MAX_BATCHED_CALLS:]
                reads, self._reads = self._reads[:MAX_BATCHED_CALLS], self._reads[MAX_BATCHED_CALLS:]
                if not writes and not reads:
                    self._busy = False
                    return
            self._settle(writes, self._write)
            self._settle(reads, self._read)

    def _settle(self, calls: Sequence[_Call], run: Callable[[Sequence[_Call]], None]) -> None:
        if not calls:
            return
        try:
            run(calls)
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller
            # The transaction itself failed, and all its calls with it.
            for call in calls:
                call.error = call.error or error
        # RuntimeError: the loop is closed, and no caller is left.
        with contextlib.suppress(RuntimeError):
            calls[0].future.get_loop().call_soon_threadsafe(_deliver, calls)

    def _read(self, calls: Sequence[_Call]) -> None:
        with self._engine.connect().execution_options(reads=True) as connection:
            for call in calls:
                try:
                    call.value = call.function(connection)
                except Exception as error:  # noqa: BLE001 - it is raised in the caller
                    call.error = error
                    connection.rollback()

    def _write(self, calls: Sequence[_Call]) -> None:
        with self._engine.begin() as connection:
            for call in calls:
                if len(calls) == 1:
                    call.value = call.function(connection)
                else:
                    call.value, call.error = attempt(connection, "one", call.function)


def _deliver(calls: Sequence[_Call]) -> None:
    for call in calls:
        if call.future.done():
            continue
        if call.error is None:
            call.future.set_result(call.value)
        else:
            call.future.set_exception(call.error)
