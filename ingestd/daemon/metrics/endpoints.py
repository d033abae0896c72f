"""The daemon's service that serves `/metrics` and `/health`, on loopback or a Unix socket unless told otherwise."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web

from ingestd.config.logs import log_event
from ingestd.daemon.metrics.registry import Metrics
from ingestd.daemon.metrics.state import DaemonState, StateReader, health
from ingestd.daemon.service import PeriodicService
from ingestd.daemon.web_server import WebServer
from ingestd.model.errors import StoreError
from ingestd.store.database import Database

#: Bounds of the server: a scrape is one short request.
MAX_CONNECTIONS = 16
MAX_CONNECTION_S = 30.0
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsEndpoints(PeriodicService):
    """Serves on `listen`, which is `HOST:PORT` or `unix:/path`."""

    interval_s = 3600.0

    def __init__(
        self,
        listen: str,
        metrics: Metrics,
        database: Database,
        holder: str,
        clock: Callable[[], datetime],
        backups: Path | None = None,
    ) -> None:
        self._listen = listen
        self._metrics = metrics
        self._state = StateReader(database, holder, clock, backups)
        application = web.Application(client_max_size=1024)
        application.router.add_get("/metrics", self._serve_metrics)
        application.router.add_get("/health", self._serve_health)
        log = logging.getLogger("ingestd.metrics")
        self.server = WebServer(application, log, max_connections=MAX_CONNECTIONS, max_connection_s=MAX_CONNECTION_S)

    async def start(self) -> None:
        """Listen. Where that is not possible it is logged, and the daemon works without."""
        try:
            await self.server.listen(_address(self._listen))
        except OSError as error:
            log_event("metrics-failed", level=logging.ERROR, error=f"cannot listen on {self._listen}: {error}")

    async def tick(self) -> None:
        """Nothing: requests do the work."""

    async def stop(self, grace_s: float) -> None:  # noqa: ARG002 - the protocol of services
        """Stop listening."""
        await self._state.close()
        await self.server.stop()

    async def _serve_metrics(self, _request: web.Request) -> web.Response:
        state: DaemonState | None
        try:
            state = await self._state.read()
        except StoreError:
            state = None
        return web.Response(body=self._metrics.text(state), headers={"Content-Type": _METRICS_TYPE})

    async def _serve_health(self, _request: web.Request) -> web.Response:
        try:
            status, line = health((await self._state.read()).findings())
        except StoreError as error:
            status, line = 503, str(error)
        return web.Response(status=status, text=f"{line}\n", headers={"Cache-Control": "no-store"})


def _address(listen: str) -> tuple[str, int] | Path:
    if listen.startswith("unix:"):
        return Path(listen.removeprefix("unix:"))
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
