"""Services that one daemon runs for all daemons of a database, under the lease of a task."""

from ingestd.daemon.service import Service
from ingestd.poll.context import PollContext
from ingestd.poll.leases import has_task
from ingestd.store.leases import MAX_LEASE_S

#: Seconds for which a daemon has a task at least: another one takes over so long after it was killed elsewhere. One of
#: the same machine does at once.
MIN_TASK_S = 600.0


class Exclusive:
    """A service that is started, and whose ticks are run, while this daemon has the lease of `task`.

    The other daemons look at each tick whether the lease is free: where its daemon has stopped, or was killed.
    """

    def __init__(self, task: str, service: Service, context: PollContext) -> None:
        self._task = task
        self._service = service
        self._context = context
        self._started = False
        self._lease_s = min(max(service.interval_s, MIN_TASK_S), MAX_LEASE_S)

    @property
    def name(self) -> str:
        """The name of the service, for the log."""
        return type(self._service).__name__

    @property
    def interval_s(self) -> float:
        """That of the service."""
        return self._service.interval_s

    @property
    def in_flight(self) -> int:
        """That of the service."""
        return self._service.in_flight

    async def start(self) -> None:
        """Start the service where no other daemon runs it. Raises StoreError."""
        if await has_task(self._task, self._context, self._lease_s):
            self._started = True
            await self._service.start()

    async def tick(self) -> None:
        """Run the service where no other daemon does. Raises StoreError."""
        if not self._started:
            await self.start()
        elif await has_task(self._task, self._context, self._lease_s):
            await self._service.tick()

    async def stop(self, grace_s: float) -> None:
        """Stop the service; its lease ends with those of this process."""
        if self._started:
            await self._service.stop(grace_s)
