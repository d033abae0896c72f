"""The places that all hosts share, and what becomes of a request that sits on one in silence.

As many requests are in flight as there are places, while answers come. Where others wait, a request keeps its place
only for a few times as long as answers usually take to begin. One that is still waiting then steps aside: it goes on
among the silent ones, of which there may be many, because waiting costs nothing. And the time for which it has kept
others out is made good: for as long again, one more of them is let in. So what hangs costs the rest one such wait at
most, and on the whole nothing.
"""

import asyncio
from collections import deque

#: How many times the usual wait for an answer a request may keep a place while others wait for it, and that time's
#: bounds in seconds; the first applies until there is anything usual.
PATIENCE = 4.0
FIRST_PATIENCE_S = 1.0
MIN_PATIENCE_S = 0.25
MAX_PATIENCE_S = 2.0
#: Seconds that an answer which has begun may take to come in before it has to step aside as well.
READING_S = 2.0
#: Requests that may go on waiting without a place.
MAX_SILENT = 256


class Places:
    """Hands out `places` places, first come, first served. Times are the event loop's own, in seconds."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._held = 0
        self._extra = 0
        self._silent = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._crowded_since = 0.0
        self._usual_s: float | None = None
        # Those that hold a place, the longest first: before their answer has begun, and since.
        self._unanswered: dict[Place, None] = {}
        self._reading: dict[Place, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def patience_s(self) -> float:
        """Seconds that a request may keep a place without an answer while others wait for one."""
        if self._usual_s is None:
            return FIRST_PATIENCE_S
        return min(max(PATIENCE * self._usual_s, MIN_PATIENCE_S), MAX_PATIENCE_S)

    async def take(self, *, silent: bool = False) -> "Place":
        """Wait for a place. One that is expected to stay silent takes none, as long as few enough are silent."""
        if silent and self._silent < MAX_SILENT:
            self._silent += 1
            return Place(self, held=False)
        if self._waiting or self._is_full():
            await self._queue()
        else:
            self._held += 1
        place = Place(self, held=True)
        self._unanswered[place] = None
        self._relieve()
        return place

    def answered(self, place: "Place") -> None:
        """An answer has begun: what it took tells how long others may take."""
        took = min(asyncio.get_running_loop().time() - place.since, MAX_PATIENCE_S)
        self._usual_s = took if self._usual_s is None else 0.9 * self._usual_s + 0.1 * took
        if place.held:
            del self._unanswered[place]
            place.since = asyncio.get_running_loop().time()
            self._reading[place] = None
        self._relieve()

    def give_back(self, place: "Place") -> None:
        """A request has ended."""
        self._unanswered.pop(place, None)
        self._reading.pop(place, None)
        if place.held:
            self._held -= 1
        else:
            self._silent -= 1
        self._admit()
        self._relieve()

    def _is_full(self) -> bool:
        return self._held >= self._places + self._extra

    async def _queue(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            self._crowded_since = loop.time()
        self._waiting.append(turn)
        self._relieve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled():  # let in and ended at the same moment
                self._held -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and not self._is_full():
            turn = self._waiting.popleft()
            if not turn.done():
                self._held += 1
                turn.set_result(None)

    def _relieve(self) -> None:
        """While others wait, let those step aside whose time is up, and look again when the next one's is."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        while self._waiting and self._silent < MAX_SILENT and (first := self._first_due()):
            due, place = first
            if due > loop.time():
                self._timer = loop.call_at(due, self._relieve)
                return
            self._step_aside(place, loop.time())

    def _first_due(self) -> tuple[float, "Place"] | None:
        """The request that has to step aside next, and when."""
        dues = [(place.since + self.patience_s, place) for place in _first(self._unanswered)]
        dues += [(place.since + READING_S, place) for place in _first(self._reading)]
        return min(dues, key=lambda due: due[0], default=None)

    def _step_aside(self, place: "Place", now: float) -> None:
        if place in self._unanswered:
            self._make_good(now - max(place.since, self._crowded_since))
        self._unanswered.pop(place, None)
        self._reading.pop(place, None)
        place.held = False
        self._held -= 1
        self._silent += 1
        self._admit()

    def _make_good(self, seconds: float) -> None:
        """Let one more in for so long; never more than double."""
        if self._extra < self._places and seconds > 0:
            self._extra += 1
            asyncio.get_running_loop().call_later(seconds, self._end_extra)

    def _end_extra(self) -> None:
        self._extra -= 1


class Place:
    """One request's place; `held` until it steps aside, `since` when it was taken or the answer began."""

    def __init__(self, places: Places, *, held: bool) -> None:
        self.held = held
        self.since = asyncio.get_running_loop().time()
        self._places = places
        self._answered = False

    def answered(self) -> None:
        """The answer has begun."""
        if not self._answered:
            self._answered = True
            self._places.answered(self)

    def give_back(self) -> bool:
        """The request has ended; True where it has kept us waiting in vain."""
        waited = asyncio.get_running_loop().time() - self.since
        in_vain = not self._answered and waited > self._places.patience_s
        self._places.give_back(self)
        return in_vain


def _first(places: dict[Place, None]) -> list[Place]:
    return [next(iter(places))] if places else []
