"""The bench's figures as a table for people."""

from collections.abc import Iterable, Sequence

from tests.bench.phases import TARGET_PAGE_MS, TARGETS_MS, Polled
from tests.bench.site import Phase

#: Where the targets hold: below it the start of the interpreter weighs too much to compare.
TARGET_FEEDS = 1000


def table(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first row is its head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def by_contender(results: Iterable[Polled]) -> dict[str, list[Polled]]:
    grouped: dict[str, list[Polled]] = {}
    for polled in results:
        grouped.setdefault(polled.contender, []).append(polled)
    return grouped


def cpu_table(results: Sequence[Polled]) -> str:
    """CPU milliseconds a feed by phase, with and without the start; the target; the others as multiples of ingestd."""
    grouped = by_contender(results)
    phases = list(dict.fromkeys(polled.phase for polled in results))
    rows = [["CPU ms a feed", *phases]]
    for name, polls in grouped.items():
        rows.append([name, *(f"{p.ms_a_feed:.2f}" for p in polls)])
        rows.append([f"{name}, start taken off", *(f"{p.net_ms_a_feed:.2f}" for p in polls)])
    if "ingestd" in grouped:
        rows.append([f"target at {TARGET_FEEDS} feeds", *(f"<= {TARGETS_MS[phase]:g}" for phase in phases)])
        for name, polls in grouped.items():
            if name != "ingestd":
                ours = grouped["ingestd"]
                rows.append(
                    [f"{name} / ingestd", *(f"{a.cpu_s / b.cpu_s:.1f}x" for a, b in zip(polls, ours, strict=True))]
                )
    return table(rows)


def detail_table(results: Iterable[Polled]) -> str:
    """Everything else, a line a phase."""
    rows = [
        [
            "",
            "phase",
            "CPU s",
            "start s",
            "wall s",
            "polls/s",
            "posts/s",
            "RSS MB",
            "PSS MB",
            "processes",
            "new",
            "CPU ms a page",
        ]
    ]
    for p in results:
        page = f"{p.ms_a_page:.2f}" if p.ms_a_page is not None else ""
        figures = [f"{p.cpu_s:.2f}", f"{p.start_cpu_s:.2f}", f"{p.wall_s:.2f}"]
        rates = [f"{p.feeds / p.wall_s:.0f}", f"{p.new / p.wall_s:.0f}"]
        memory = [f"{p.rss_mb:.0f}", f"{p.pss_mb:.0f}", str(p.processes)]
        rows.append([p.contender, p.phase, *figures, *rates, *memory, str(p.new), page])
    return table(rows)


def misses(results: Iterable[Polled]) -> list[str]:
    """What does not hold for ingestd: its targets where they apply, and work left undone."""
    found = []
    for p in results:
        found += [f"{p.contender}, {p.phase}: {problem}" for problem in p.problems]
        if p.contender != "ingestd":
            continue
        if p.ms_a_page is not None:
            if p.phase is Phase.COLD and p.ms_a_page > TARGET_PAGE_MS:
                found.append(f"ingestd, {p.phase}: {p.ms_a_page:.2f} ms a page, target {TARGET_PAGE_MS:g}")
        elif p.feeds >= TARGET_FEEDS and p.ms_a_feed > TARGETS_MS[p.phase]:
            found.append(f"ingestd, {p.phase}: {p.ms_a_feed:.2f} ms a feed, target {TARGETS_MS[p.phase]:g}")
    return found
