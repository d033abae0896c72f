"""The bench's figures as a table for people."""

from collections.abc import Iterable, Mapping, Sequence

from tests.bench.phases import GOAL_MAIN_TR, GOAL_PAGE_TR, GOALS_FP, Polled


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


def unit_table(results: Sequence[Polled], kept: Mapping[str, float]) -> str:
    """The start taken off: CPU a feed in fp by phase, or a page in tr; what is kept of ingestd, and its goals."""
    return _page_table(results, kept) if any(polled.pages for polled in results) else _feed_table(results, kept)


def _feed_table(results: Sequence[Polled], kept: Mapping[str, float]) -> str:
    phases = list(dict.fromkeys(polled.phase for polled in results))
    rows = [["CPU a feed, in fp", *phases]]
    rows += [[name, *(f"{p.fp_a_feed:.3f}" for p in polls)] for name, polls in by_contender(results).items()]
    rows.append(["ingestd, kept", *(f"{kept[key]:.3f}" if (key := f"fp {p}") in kept else "" for p in phases)])
    rows.append(["goal", *(f"{GOALS_FP[phase]:g}" for phase in phases)])
    return table(rows)


def _page_table(results: Sequence[Polled], kept: Mapping[str, float]) -> str:
    figures = [
        [f"{p.contender}, {p.phase}", f"{p.tr_a_page:.3f}", f"{p.main_tr_a_page:.3f}"] for p in results if p.pages
    ]
    last = [f"{kept[name]:.3f}" if name in kept else "" for name in ("tr page", "tr main")]
    head = ["CPU a page, in tr", "all processes", "main process alone"]
    return table([head, *figures, ["ingestd, kept, cold", *last], ["goal", f"{GOAL_PAGE_TR:g}", f"{GOAL_MAIN_TR:g}"]])


def detail_table(results: Iterable[Polled]) -> str:
    """Everything else, a line a phase."""
    rows = [
        [
            "",
            "phase",
            "CPU s",
            "main s",
            "start s",
            "fp ms",
            "tr ms",
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
        figures = [f"{p.cpu_s:.2f}", f"{p.main_cpu_s:.2f}", f"{p.start_cpu_s:.2f}"]
        figures += [f"{p.fp_ms:.2f}", f"{p.tr_ms:.2f}" if p.tr_ms else "", f"{p.wall_s:.2f}"]
        rates = [f"{p.feeds / p.wall_s:.0f}", f"{p.new / p.wall_s:.0f}"]
        memory = [f"{p.rss_mb:.0f}", f"{p.pss_mb:.0f}", str(p.processes)]
        rows.append([p.contender, p.phase, *figures, *rates, *memory, str(p.new), page])
    return table(rows)


def problems(results: Iterable[Polled]) -> list[str]:
    """Work that was not done, or done twice: figures of such a run say nothing."""
    return [f"{p.contender}, {p.phase}: {problem}" for p in results for problem in p.problems]
