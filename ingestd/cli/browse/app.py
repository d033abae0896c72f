"""The application: Datasette on one database, with our pages, templates and description of the tables."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database as ServedDatabase
from datasette.database import QueryInterrupted
from datasette.plugins import pm

from ingestd.cli.browse import plugin
from ingestd.cli.browse.describe import PUBLIC_TABLES, describe
from ingestd.cli.browse.site import DATABASE_NAME, Site
from ingestd.config.settings import Config
from ingestd.store.database import Database

_FOLDER = Path(__file__).parent
#: Seconds after which a read by one of our pages is given up.
READ_LIMIT_S = 10.0
_SETTINGS = {
    "allow_download": False,
    "default_cache_ttl": 0,
    "default_facet_size": 10,
    "facet_time_limit_ms": 500,
    "sql_time_limit_ms": 3000,
    # Each would be one more query over the whole table.
    "suggest_facets": False,
}

#: Queries of Datasette's pages that read every post, and what gives the same from an index: `latest` is ordered.
_CHEAPER_QUERIES = {"select count(*) from latest": "select count(*) from posts"}


class _ArchiveDatabase(ServedDatabase):  # type: ignore[misc] # the library has no types
    """The database that is served."""

    async def execute(self, sql: str, *arguments: Any, **options: Any) -> Any:
        """Run a query as Datasette's pages ask for it."""
        return await super().execute(_CHEAPER_QUERIES.get(sql.strip(), sql), *arguments, **options)

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """The rows of each table that answers questions; those of the others are not counted, nor those of large ones.

        `limit` is in milliseconds, for each table.
        """
        counts: dict[str, int | None] = dict.fromkeys(await self.table_names())
        for name in PUBLIC_TABLES & counts.keys():
            with suppress(QueryInterrupted, sqlite3.Error):
                found = await self.execute(f"select count(*) from [{name}]", custom_time_limit=limit)  # noqa: S608 - our own name
                counts[name] = found.rows[0][0]
        return counts


@contextmanager
def open_site(path: Path, config: Config, *, allowed_hosts: frozenset[str] | None) -> Iterator["ServedSite"]:
    """The site of a SQLite database; closed, it leaves nothing beside the file.

    `allowed_hosts` are the values of the header `Host` that are answered; None where other machines may ask.
    """
    if not pm.is_registered(plugin):
        pm.register(plugin, "ingestd")
    # It is closed last, so that SQLite can remove its files beside the database: a read-only connection leaves them.
    with Database(f"sqlite:///{path}", read_limit_s=READ_LIMIT_S) as database:
        site = Site(database, config, path, allowed_hosts, nonce=secrets.token_urlsafe(16))
        served = ServedSite(site)
        try:
            yield served
        finally:
            served.close()


class ServedSite:
    """Datasette with our configuration."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.datasette = Datasette(
            files=[],
            metadata=describe(site.database),
            settings=_SETTINGS,
            template_dir=str(_FOLDER / "templates"),
            static_mounts=[("assets", str(_FOLDER / "static"))],
        )
        self.datasette.remove_database("_memory")
        self._internal_connections: list[sqlite3.Connection] = []
        self._follow_internal_connections()
        self._served = _ArchiveDatabase(self.datasette, path=str(site.path), is_mutable=True)
        self.datasette.add_database(self._served, name=DATABASE_NAME)
        plugin.SITES[self.datasette] = site

    def _follow_internal_connections(self) -> None:
        """Note the connections of Datasette's catalogue, which is in memory and which it does not close itself."""
        internal = self.datasette.databases["_internal"]
        connect = internal.connect

        def noted(**options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(**options)
            self._internal_connections.append(connection)
            return connection

        internal.connect = noted

    def asgi(self) -> Any:
        """The ASGI application."""
        return self.datasette.app()

    def close(self) -> None:
        """Close Datasette's connections and threads."""
        self.datasette.executor.shutdown(wait=True)
        self._served.close()
        for connection in self._internal_connections:
            connection.close()
