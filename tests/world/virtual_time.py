"""An event loop whose time stands still while something can be done, and jumps to the next timer when nothing can."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, Unpack

#: Timers that are so near are due, in seconds. The loop's own value is lost in the rounding of a large time.
CLOCK_RESOLUTION_S = 1e-6

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _NoWaiting(selectors.SelectSelector):
    """Never waits: where the loop would wait for the next timer, the loop's time jumps there."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """No file is ever ready; `timeout` is how long the loop has nothing to do."""
        if timeout is None:
            raise RuntimeError("the simulation waits for something that never comes")
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. `time()` begins at 0; threads are replaced by calls in the loop itself."""

    def __init__(self) -> None:
        self.virtual = _NoWaiting()
        super().__init__(self.virtual)
        self._clock_resolution = CLOCK_RESOLUTION_S

    def time(self) -> float:
        """Seconds of virtual time."""
        return self.virtual.now

    def jump(self, to: float) -> None:
        """Set the time forward: timers that fall due meanwhile run late, as on a machine that slept."""
        self.virtual.now = max(self.virtual.now, to)

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """There is one thread."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> "asyncio.Future[T]":
        """Call at once."""
        done = self.create_future()
        done.set_result(func(*args))
        return done


class LoopExecutor(Executor):
    """Runs calls in the running event loop, one after another, in the next turn of the loop.

    What is submitted in one turn is so still queued when the first call runs, as with a busy thread.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Call soon."""
        future: Future[Any] = Future()
        asyncio.get_running_loop().call_soon(lambda: future.set_result(function(*args, **kwargs)))
        return future
