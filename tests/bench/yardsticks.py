"""The units of the bench: what a well-known library takes for the same work on the same machine at the same time.

fp: the CPU in which feedparser parses a feed of the bench, without cleaning its HTML.
tr: the CPU in which trafilatura extracts an article page of the bench as HTML.

Machines differ by three times, and other work on one of them makes all CPU figures larger; a quotient of two figures
that were measured one after the other stays.
"""

import time
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from statistics import median

import feedparser

from tests.bench.site import VERSIONS, Phase, Site
from tests.bench.webpage import page

#: One of each kind of feed, and of each kind of page: they repeat after so many sites.
_KINDS = range(1, 13)
_BASE = "http://127.1.0.1:40000"


@cache
def _feeds() -> list[bytes]:
    return [Site(n, _BASE).feed(VERSIONS[Phase.COLD]) for n in _KINDS]


@cache
def _pages() -> list[bytes]:
    return [page(Site(n, _BASE), 0) for n in _KINDS]


def fp_ms(rounds: int = 5) -> float:
    """CPU milliseconds of one fp, now: the median of some rounds."""
    return _cost_ms(
        lambda feed: feedparser.parse(BytesIO(feed), sanitize_html=False, resolve_relative_uris=False),
        _feeds(),
        rounds,
    )


def tr_ms(rounds: int = 5) -> float:
    """CPU milliseconds of one tr, now: the median of some rounds."""
    from trafilatura import extract  # half a second that a run without pages need not wait for

    return _cost_ms(
        lambda html: extract(html, output_format="html", include_images=True, include_links=True), _pages(), rounds
    )


def _cost_ms(work: Callable[[bytes], object], documents: Sequence[bytes], rounds: int) -> float:
    """The mean over the documents, the median of some rounds."""
    costs = []
    for _ in range(rounds):
        started = time.process_time()
        for document in documents:
            work(document)
        costs.append(time.process_time() - started)
    return 1000 * median(costs) / len(documents)
