"""The metrics and their names: counted in this process, or read from the database at a scrape.

docs/monitoring.md lists them; names, labels and outcomes are a public contract.
"""

from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from ingestd import __version__
from ingestd.daemon.metrics.state import DaemonState
from ingestd.model.errors import Outcome
from ingestd.model.history import GapState
from ingestd.model.poll import Poll
from ingestd.policy.checks import SOURCE_STATES, count_by_state

#: Upper bounds of the histograms' buckets, in seconds.
POLL_BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
REQUEST_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)

# A time of creation beside each counter would double their number.
disable_created_metrics()  # type: ignore[no-untyped-call] # the library lacks its type


class Metrics:
    """What is counted while the daemon runs."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        build = Gauge("ingestd_build_info", "The version that runs.", ["version"], registry=registry)
        build.labels(__version__).set(1)
        by_outcome = (["outcome"], {"registry": registry})
        self._polls = Counter("ingestd_polls", "Polls of sources.", by_outcome[0], registry=registry)
        self._poll_s = Histogram(
            "ingestd_poll_duration_seconds", "How long polls took.", buckets=POLL_BUCKETS_S, registry=registry
        )
        self._requests = Counter("ingestd_http_requests", "HTTP requests.", by_outcome[0], registry=registry)
        self._request_s = Histogram(
            "ingestd_http_request_duration_seconds",
            "How long HTTP requests took, waits for politeness not counted.",
            buckets=REQUEST_BUCKETS_S,
            registry=registry,
        )
        self._new = Counter("ingestd_posts_stored", "Posts that polls stored.", registry=registry)
        self._edited = Counter("ingestd_posts_updated", "Posts whose text polls changed.", registry=registry)
        self._duplicate = Counter("ingestd_entries_duplicate", "Entries that were stored already.", registry=registry)
        self._failed = Counter("ingestd_entries_failed", "Entries that could not be stored.", registry=registry)
        self._filtered = Counter("ingestd_entries_filtered", "Entries that rules left out.", registry=registry)
        self._lost = Counter("ingestd_possible_losses", "Polls that may have missed articles.", registry=registry)
        self._closed = Counter("ingestd_gaps_closed", "Polls that found what they may have missed.", registry=registry)
        for outcome in (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.UNCHANGED):
            # From the start, so that the first of them is an increase.
            self._polls.labels(outcome)

    def poll_ended(self, poll: Poll) -> None:
        """Count a poll."""
        self._polls.labels(str(poll.outcome)).inc()
        self._poll_s.observe(poll.seconds)
        self._new.inc(poll.new)
        self._edited.inc(poll.updated)
        self._duplicate.inc(poll.duplicate)
        self._failed.inc(poll.failed)
        self._filtered.inc(poll.filtered)
        self._lost.inc(poll.suspected_loss)
        self._closed.inc(poll.gap == GapState.CLOSED)

    def request_ended(self, outcome: Outcome, seconds: float) -> None:
        """Count a request for a feed, a page, an image or a robots.txt."""
        self._requests.labels(str(outcome)).inc()
        self._request_s.observe(max(seconds, 0.0))

    def text(self, state: DaemonState | None) -> bytes:
        """All metrics in Prometheus' text format; without those of the database where that cannot be read."""
        described = generate_latest(self.registry)
        passing = CollectorRegistry(auto_describe=False)
        passing.register(_StateCollector(state))
        return described + generate_latest(passing)


class _StateCollector:
    """Gives the metrics of one reading of the database."""

    def __init__(self, state: DaemonState | None) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Called by prometheus_client."""
        state = self._state
        yield GaugeMetricFamily("ingestd_database_up", "1 where the database can be read.", value=float(bool(state)))
        if state is None:
            return
        yield from _source_metrics(state)
        queues = GaugeMetricFamily("ingestd_queue_length", "What waits, by queue.", labels=["queue"])
        for name, length in state.queues.items():
            queues.add_metric([name], length)
        yield queues
        yield from _target_metrics(state)
        if state.database_bytes is not None:
            yield GaugeMetricFamily("ingestd_database_bytes", "Size of the database's files.", state.database_bytes)
        if state.backup_at is not None:
            made = state.backup_at.timestamp()
            yield GaugeMetricFamily("ingestd_last_backup_timestamp_seconds", "When the newest backup was made.", made)
        if state.disk is not None:
            yield GaugeMetricFamily("ingestd_disk_free_bytes", "Free on the database's disk.", state.disk.free)
            yield GaugeMetricFamily("ingestd_disk_size_bytes", "Size of the database's disk.", state.disk.total)


def _source_metrics(state: DaemonState) -> Iterator[Metric]:
    counts = count_by_state(state.sources)
    sources = GaugeMetricFamily("ingestd_sources", "Enabled sources, by state.", labels=["state"])
    for name in SOURCE_STATES:
        sources.add_metric([name], counts.get(name, 0))
    yield sources
    if (last := state.sources.last_polled_at) is not None:
        yield GaugeMetricFamily("ingestd_last_poll_timestamp_seconds", "When the last poll ended.", last.timestamp())
    if (due := state.sources.next_poll_at) is not None:
        yield GaugeMetricFamily("ingestd_next_poll_timestamp_seconds", "When the first poll is due.", due.timestamp())


def _target_metrics(state: DaemonState) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("ingestd_notifications_waiting", "Events that wait for a target.", labels=["target"])
    delivered = CounterMetricFamily("ingestd_notifications_delivered", "Events delivered.", labels=["target"])
    dropped = CounterMetricFamily("ingestd_notifications_dropped", "Events that were dropped.", labels=["target"])
    for row in state.targets:
        waiting.add_metric([row["name"]], row["queued"])
        delivered.add_metric([row["name"]], row["delivered"])
        dropped.add_metric([row["name"]], row["dropped"])
    yield from (waiting, delivered, dropped)
