"""One thread that reads and writes for the event loop: what waits while it is busy is done together.

Writes that wait share one transaction, since it is the commit that costs; each has a savepoint, so that one that fails
takes nothing with it, and each ends for its caller when the commit is through. Reads that wait share a transaction too.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

#: Calls that share a transaction: with more, the first would wait for long, and so would other processes.
_MOST = 50


@dataclass(slots=True)
class _Call:
    """What somebody waits for; afterwards with its value or its error."""

    function: Callable[[Connection], Any]
    future: "asyncio.Future[Any]"
    value: Any = None
    error: BaseException | None = None


class WriterThread:
    """The thread and what waits for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._lock = threading.Lock()
        self._reads: list[_Call] = []
        self._writes: list[_Call] = []
        self._busy = False

    def close(self) -> None:
        """Wait until everything is done that was asked for."""
        self._thread.shutdown(wait=True)

    def ask(self, function: Callable[[Connection], Any], *, writes: bool) -> "asyncio.Future[Any]":
        """The future of `function(connection)`, in its turn."""
        call = _Call(function, asyncio.get_running_loop().create_future())
        with self._lock:
            (self._writes if writes else self._reads).append(call)
            idle, self._busy = not self._busy, True
        if idle:
            self._thread.submit(self._work)
        return call.future

    def _work(self) -> None:
        while True:
            with self._lock:
                # Whoever asks waits for the answer before asking again, so no call depends on one before it.
                writes, self._writes = self._writes[:_MOST], self._writes[_MOST:]
                reads, self._reads = self._reads[:_MOST], self._reads[_MOST:]
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
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            # The transaction itself failed, and everything with it.
            for call in calls:
                call.error = call.error or error
        # The loop may be closed by now: then nobody waits any more.
        with contextlib.suppress(RuntimeError):
            calls[0].future.get_loop().call_soon_threadsafe(_deliver, calls)

    def _read(self, calls: Sequence[_Call]) -> None:
        with self._engine.connect().execution_options(reads=True) as connection:
            for call in calls:
                try:
                    call.value = call.function(connection)
                except Exception as error:  # noqa: BLE001 - it is raised where somebody waits
                    call.error = error
                    connection.rollback()

    def _write(self, calls: Sequence[_Call]) -> None:
        with self._engine.begin() as connection:
            for call in calls:
                if len(calls) == 1:
                    call.value = call.function(connection)
                else:
                    _attempt(call, connection)


def _attempt(call: _Call, connection: Connection) -> None:
    """Run one write of several; what it did is undone where it fails."""
    connection.exec_driver_sql("SAVEPOINT one")
    try:
        call.value = call.function(connection)
    except Exception as error:  # noqa: BLE001 - it is raised where somebody waits
        # Some failures (a full disk) end the whole transaction: then this fails as well, and so do all.
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT one")
        call.error = error
    connection.exec_driver_sql("RELEASE SAVEPOINT one")


def _deliver(calls: Sequence[_Call]) -> None:
    for call in calls:
        if call.future.done():
            continue
        if call.error is None:
            call.future.set_result(call.value)
        else:
            call.future.set_exception(call.error)
