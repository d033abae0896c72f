"""The leases that this process holds: their numbers, until when they stand, and the end of the work under a lost one.

How long a lease stands is counted by the clock of the event loop, which goes on while the process is halted. So work
whose lease was not renewed in time ends by itself as soon as the process goes on, and asks for nothing more; what it
writes at that moment is refused in the database (`under_lease`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass

from ingestd.model.errors import LeaseLostError

#: The event of work that is dropped, because another process may do it.
LEASE_LOST = "lease-lost"

#: What is leased: a source by its row number, or a task by its name.
Leased = int | str


@dataclass(slots=True)
class _Lease:
    """A lease: its number, until when it stands, whether it is renewed, and what ends the work under it."""

    number: int
    until: float
    is_renewed: bool = False
    scope: asyncio.Timeout | None = None


class HeldLeases:
    """The leases of one process, by what is leased. Times are those of the event loop."""

    def __init__(self) -> None:
        self._leases: dict[Leased, _Lease] = {}

    def claimed(self, numbers: Mapping[int, int] | Mapping[str, int], until: float) -> None:
        """Keep the numbers of leases that were claimed, and which stand `until`."""
        self._leases.update({leased: _Lease(number, until) for leased, number in numbers.items()})

    def forget(self, leased: Leased) -> None:
        """Hold a lease no more."""
        self._leases.pop(leased, None)

    def number(self, leased: Leased) -> int | None:
        """The number of a lease that this process has claimed; None where it has none."""
        found = self._leases.get(leased)
        return None if found is None else found.number

    def until(self, leased: Leased) -> float:
        """Until when a lease stands; in the past where there is none."""
        found = self._leases.get(leased)
        return float("-inf") if found is None else found.until

    def renew(self, leased: Leased) -> None:
        """Have a lease renewed from now on, until it is forgotten."""
        if (found := self._leases.get(leased)) is not None:
            found.is_renewed = True

    def renewed_numbers(self) -> tuple[int, ...]:
        """The numbers of the leases that are to be renewed."""
        return tuple(lease.number for lease in self._leases.values() if lease.is_renewed)

    def were_renewed(self, asked: Collection[int], held: Collection[int], until: float) -> None:
        """Of the leases that were `asked` to be renewed those `held` stand `until`; work under the others ends."""
        for lease in self._leases.values():
            if lease.number in asked:
                # In the past: the work ends at the next turn of the event loop.
                lease.until = until if lease.number in held else float("-inf")
                if lease.scope is not None:
                    lease.scope.reschedule(lease.until)

    @contextlib.asynccontextmanager
    async def ends_with(self, leased: Leased) -> AsyncIterator[None]:
        """Cancel what is done in this context when the lease ends. Raises LeaseLostError then."""
        lease = self._leases.get(leased)
        if lease is None:
            yield
            return
        try:
            async with asyncio.timeout_at(lease.until) as lease.scope:
                yield
        except TimeoutError:
            if lease.scope is None or not lease.scope.expired():
                raise
            raise LeaseLostError("the lease expired, because this process was halted or cut off") from None
        finally:
            lease.scope = None
