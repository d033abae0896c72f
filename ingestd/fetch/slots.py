"""The slots for concurrent requests that all hosts share, and how a request without a response yields its slot.

While responses come, as many requests are in flight as there are slots. Under contention, a request keeps its slot for
a grace period: a few times as long as responses usually take to begin. When the period ends without a response, the
request yields its slot and continues without one ("slotless"); waiting costs no processor time, so many requests may do
so. The time for which it has blocked others is compensated: for as long again, one more request than there are slots is
let in. So hosts that hang cost the others one grace period at most.
"""

import asyncio
from collections import deque
from collections.abc import Callable

#: The grace period is so many times the usual time until a response begins, within these bounds in seconds; the first
#: applies until a response has been seen.
GRACE_FACTOR = 4.0
INITIAL_GRACE_S = 1.0
MIN_GRACE_S = 0.25
MAX_GRACE_S = 2.0
#: Seconds for which a response that has begun may be read before its request yields its slot, under contention.
BODY_GRACE_S = 2.0
#: Requests that may be in flight without a slot.
MAX_SLOTLESS = 256
#: The weight of the newest response in the moving average of the time until a response begins.
LATENCY_WEIGHT = 0.1


class Slots:
    """Hands out `count` slots, first come, first served. Times are the event loop's own, in seconds.

    While `is_held_up` is true none is handed out; `grant` is called when it no longer is.
    """

    def __init__(self, count: int, is_held_up: Callable[[], bool] = lambda: False) -> None:
        self._count = count
        self._is_held_up = is_held_up
        self._held = 0
        self._compensating = 0
        self._slotless = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._contended_since = 0.0
        self._average_latency_s: float | None = None
        # The holders of slots, longest first: before their response has begun, and since.
        self._awaiting_response: dict[Slot, None] = {}
        self._reading: dict[Slot, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def grace_s(self) -> float:
        """Seconds for which a request may keep a slot without a response under contention."""
        if self._average_latency_s is None:
            return INITIAL_GRACE_S
        return min(max(GRACE_FACTOR * self._average_latency_s, MIN_GRACE_S), MAX_GRACE_S)

    async def acquire(self, *, slotless: bool = False) -> "Slot":
        """Wait for a slot. With `slotless`, go on at once without one, unless `MAX_SLOTLESS` requests do so already."""
        if slotless and self._slotless < MAX_SLOTLESS:
            self._slotless += 1
            return Slot(self, held=False)
        if self._waiting or self._is_full():
            await self._wait()
        else:
            self._held += 1
        slot = Slot(self, held=True)
        self._awaiting_response[slot] = None
        self._end_grace_periods()
        return slot

    def response_started(self, slot: "Slot") -> None:
        """A response has begun: update the average time until that, and start the grace period for its body."""
        now = asyncio.get_running_loop().time()
        latency = min(now - slot.since, MAX_GRACE_S)
        average = self._average_latency_s
        self._average_latency_s = latency if average is None else average + LATENCY_WEIGHT * (latency - average)
        if slot.held:
            del self._awaiting_response[slot]
            slot.since = now
            self._reading[slot] = None
        self._end_grace_periods()

    def release(self, slot: "Slot") -> None:
        """A request has ended."""
        self._awaiting_response.pop(slot, None)
        self._reading.pop(slot, None)
        if slot.held:
            self._held -= 1
        else:
            self._slotless -= 1
        self.grant()
        self._end_grace_periods()

    def _is_full(self) -> bool:
        return self._held >= self._count + self._compensating or self._is_held_up()

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        granted: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            self._contended_since = loop.time()
        self._waiting.append(granted)
        self._end_grace_periods()
        try:
            await granted
        except asyncio.CancelledError:
            if granted in self._waiting:
                self._waiting.remove(granted)
            elif not granted.cancelled():  # the slot was granted and the request cancelled in the same step
                self._held -= 1
                self.grant()
            raise

    def grant(self) -> None:
        """Hand free slots to those that wait."""
        while self._waiting and not self._is_full():
            granted = self._waiting.popleft()
            if not granted.done():
                self._held += 1
                granted.set_result(None)

    def _end_grace_periods(self) -> None:
        """Under contention, take the slots of those whose grace period is over, and set a timer for the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        while self._waiting and self._slotless < MAX_SLOTLESS and (first := self._first_due()):
            due, slot = first
            if due > loop.time():
                self._timer = loop.call_at(due, self._end_grace_periods)
                return
            self._yield_slot(slot, loop.time())

    def _first_due(self) -> tuple[float, "Slot"] | None:
        """The holder whose grace period ends first, and when."""
        dues = [(slot.since + self.grace_s, slot) for slot in _longest_holder(self._awaiting_response)]
        dues += [(slot.since + BODY_GRACE_S, slot) for slot in _longest_holder(self._reading)]
        return min(dues, key=lambda due: due[0], default=None)

    def _yield_slot(self, slot: "Slot", now: float) -> None:
        if slot in self._awaiting_response:
            self._compensate(now - max(slot.since, self._contended_since))
        self._awaiting_response.pop(slot, None)
        self._reading.pop(slot, None)
        slot.held = False
        self._held -= 1
        self._slotless += 1
        self.grant()

    def _compensate(self, seconds: float) -> None:
        """Let one more request in for so long; never more than twice the slots in all."""
        if self._compensating < self._count and seconds > 0:
            self._compensating += 1
            asyncio.get_running_loop().call_later(seconds, self._end_compensation)

    def _end_compensation(self) -> None:
        self._compensating -= 1


class Slot:
    """One request's slot; `held` until it is yielded, `since` when it was acquired or the response began."""

    def __init__(self, slots: Slots, *, held: bool) -> None:
        self.held = held
        self.since = asyncio.get_running_loop().time()
        self._slots = slots
        self._has_response = False

    def response_started(self) -> None:
        """The response has begun."""
        if not self._has_response:
            self._has_response = True
            self._slots.response_started(self)

    def release(self) -> bool:
        """The request has ended; True where it got no response within the grace period."""
        waited = asyncio.get_running_loop().time() - self.since
        unresponsive = not self._has_response and waited > self._slots.grace_s
        self._slots.release(self)
        return unresponsive


def _longest_holder(slots: dict[Slot, None]) -> list[Slot]:
    return [next(iter(slots))] if slots else []
