"""What a page of the site needs: the database, and what may be shown to whom."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ingestd.config.settings import Config
from ingestd.store.database import Database

T = TypeVar("T")

#: The database's name in the paths of Datasette's pages.
DATABASE_NAME = "ingestd"


@dataclass(frozen=True)
class Site:
    """One served database.

    `allowed_hosts` are the values of `Host` that are answered; None where other machines may ask, and then they see
    no address that may hold a secret. `nonce` marks the scripts that may run.
    """

    database: Database
    config: Config
    path: Path
    allowed_hosts: frozenset[str] | None
    nonce: str

    @property
    def is_exposed(self) -> bool:
        """Whether other machines may ask."""
        return self.allowed_hosts is None

    async def read(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """`function(connection, …)` in a thread. Raises StoreError, StoreTimeoutError where it takes too long."""
        return await asyncio.to_thread(self.database.read, function, *args, **kwargs)
