"""Leases: which process polls a source. A lease that is not renewed expires, so that a dead process blocks nothing."""

import asyncio
import logging
import os
import socket
from collections.abc import Sequence

from ingestd.config.logs import log_event
from ingestd.model.errors import StoreError
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.store import leases

#: How long a process may be silent before others may poll its sources, and how often it renews, in seconds.
LEASE_S = 120.0
RENEW_S = 30.0


async def renew_leases(context: PollContext) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        # Of a poll that could not even write its end, the lease must expire: somebody polls that source again then.
        try:
            await context.database.writing(
                leases.renew_leases, context.holder, context.clock(), LEASE_S, tuple(context.polled)
            )
        except StoreError as error:
            # Three more renewals fit into what is left of the leases.
            log_event("store-failed", level=logging.ERROR, error=str(error))


def is_dead_holder(holder: str) -> bool:
    """Whether the holder of a lease was a process of this machine that lives no more: the killed block nothing."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    return host == socket.gethostname() and pid.isdigit() and not _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def lease(wanted: Sequence[Source], context: PollContext) -> list[Source]:
    """Those of the sources that nobody else polls at the moment: this process holds their leases now."""
    held = await context.database.writing(
        leases.acquire_leases, [source.id for source in wanted], context.holder, context.clock(), LEASE_S
    )
    return [source for source in wanted if source.id in held]
