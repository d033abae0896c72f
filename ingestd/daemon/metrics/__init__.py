"""`/metrics` for Prometheus and `/health`, served by the daemon's own event loop; imported only where configured."""

from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ingestd.config.settings import Config
from ingestd.daemon.service import Service
from ingestd.model.errors import ConfigError
from ingestd.poll.context import PollContext


def require_library(config: Config) -> None:
    """Raise ConfigError where metrics are configured and prometheus_client is not installed."""
    if config.metrics.listen and find_spec("prometheus_client") is None:
        reason = 'metrics.listen: needs prometheus_client: install "ingestd[metrics]"'
        raise ConfigError(f"{config.path}: {reason}" if config.path else reason)


def metrics_endpoints(config: Config, context: PollContext) -> tuple[list[Service], PollContext]:
    """The service of the endpoints, where they are configured, and the context that counts for it.

    Raises ConfigError where prometheus_client is not installed.
    """
    listen = config.metrics.listen
    if not listen:
        return [], context
    require_library(config)
    metrics = import_module("ingestd.daemon.metrics.registry").Metrics()
    context.client.observe(metrics.request_ended)
    endpoints = import_module("ingestd.daemon.metrics.endpoints").MetricsEndpoints
    backups = Path(config.backup.folder) if config.backup.folder else None
    service = endpoints(listen, metrics, context.database, context.lease_holder, context.clock, backups)
    return [service], replace(context, poll_ended=metrics.poll_ended)
