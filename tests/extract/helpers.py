"""Pages for tests, as a server sends them, and a check of how CPU time grows with the input."""

import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ingestd.model.http import Response

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def page(
    html: str | bytes, url: str = "https://news.example.org/2024/05/story.html", kind: str = "text/html; charset=utf-8"
) -> Response:
    body = html.encode() if isinstance(html, str) else html
    return Response(url=url, final_url=url, status=200, headers=(("content-type", kind),), body=body, fetched_at=NOW)


PARAGRAPHS = (
    "The council voted on Tuesday to keep the old library open, after a debate that lasted well into the night.",
    "Residents had collected more than four thousand signatures, and many of them filled the public gallery.",
    "“We never expected so many people to come,” said the librarian, who has worked there for thirty years.",
    "The money will come from a fund that was set aside for road repairs, which some members criticised sharply.",
    "A final decision about the building's roof is expected in the autumn, when the engineers have reported.",
)
SAETZE = (
    "市议会周二深夜投票决定，保留老图书馆，此前的辩论持续了整整六个小时。",
    "居民们收集了四千多个签名，许多人挤满了旁听席，不少人是第一次来到这里。",
    "“我们从没想到会有这么多人来，”在这里工作了三十年的图书管理员说。",
    "资金将来自原本用于道路维修的基金，对此，一些议员提出了尖锐的批评。",
    "关于屋顶的最后决定，预计要等到秋天，工程师提交报告之后才会作出。",
)

#: CPU seconds below which two measures say nothing about each other.
MIN_CPU_S = 0.05


def assert_cpu_time_is_linear(run: Callable[[int], object], size: int) -> None:
    """`run` takes a size. Four times the size may cost ten times the CPU time: linear is 4, quadratic is 16.

    CPU time of this process: other processes that share a core can double it, so that a long time is measured anew.
    """
    small = min(_cpu_seconds(run, size) for _ in range(2))
    limit = 10 * max(small, MIN_CPU_S)
    large = next((took for took in (_cpu_seconds(run, 4 * size) for _ in range(3)) if took < limit), None)
    assert large is not None, f"{size}: {small:.3f} s, {4 * size}: over {limit:.3f} s three times"


def _cpu_seconds(run: Callable[[int], object], size: int) -> float:
    # The garbage collector would look through what other tests have left.
    gc.disable()
    try:
        start = time.process_time()
        run(size)
        return time.process_time() - start
    finally:
        gc.enable()
