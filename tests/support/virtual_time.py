"""An event loop with a virtual clock: it waits for sockets as usual, and for no timer.

    async def main() -> None:
        await asyncio.sleep(3600)  # takes no time

    run(main())

The clock starts at 0 and stands still while the loop has work. When every task waits and no socket is ready, the clock
jumps to the next timer. So a timeout expires only where nothing can happen before it, however busy the machine is, and
every duration that a test measures with `loop.time()` is exact.

Both ends of a connection must belong to the loop (`async with Server()`). Work in threads of the loop's executor stops
the clock; threads that a test or a library starts itself do not, and need the real clock.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

Result = TypeVar("Result")

#: Seconds of real time in which the kernel passes bytes from one socket to the other, before the clock may jump.
SETTLE_S = 0.002


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The event loop; `now` is its clock, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.running_threads = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """The virtual clock."""
        return self.now

    def run_in_executor(  # type: ignore[override] # typeshed declares type variables that cannot be named here
        self, executor: Executor | None, func: Callable[..., Result], *args: Any
    ) -> asyncio.Future[Result]:
        """As in asyncio; the clock stands still until the thread is done."""
        future = super().run_in_executor(executor, func, *args)
        self.running_threads += 1
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncio's
        """As in asyncio, without its bound of 300 s: the clock would jump over it while a thread ends."""
        await super().shutdown_default_executor()

    def _thread_done(self, _: object) -> None:
        self.running_threads -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """Gives sockets that are ready; where there are none, advances the loop's clock by the timeout."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0 or self._loop.running_threads:
            return super().select(None if timeout is None or timeout > 0 else 0)
        # The loop's own wake-up pipe is always registered.
        ready = super().select(SETTLE_S if len(self.get_map()) > 1 else 0)
        if not ready:
            self._loop.now += timeout
        return ready


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a virtual-time loop of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
