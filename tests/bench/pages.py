"""F1 and CPU time of extraction on our own pages: `python -m tests.bench.pages [--json FILE] [--worst N]`.

Each page of tests/bench/pages/ is read as a poll would read it, with what its feed said and the shipped site rules, and
the text is compared with the text that the page was made from. The other extractors, where they are installed, read the
same bytes alone; their CPU time is given as a multiple of ours.

The pages are parted by the template that they have, as real ones would be by their site, into two halves. Rules and
thresholds are chosen by the development half alone; the test half tells what they are worth on pages that nobody
looked at.
"""

import argparse
import hashlib
import json
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingestd.extract.article import extract_article
from ingestd.extract.rules.site_rules import load_rules
from ingestd.model.feed import Entry
from ingestd.model.http import Response
from tests.bench.shingles import f1

HERE = Path(__file__).parent
PAGES = HERE / "pages"
RULES = load_rules((HERE.parent.parent / "config" / "sites.toml").read_text("utf-8"))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One page of the set: its bytes, what the feed said, and the text that extraction has to give."""

    name: str
    url: str
    lang: str
    structure: str
    page: bytes
    expected: str
    summary: str = ""
    content: str = ""
    title: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def half(self) -> str:
        """ "development" or "test": all pages of one template are in the same half."""
        return "test" if hashlib.sha256(self.structure.encode()).digest()[0] % 2 else "development"

    @property
    def response(self) -> Response:
        # No charset in the header: the page's own label and its bytes have to do, as on many old servers.
        return Response(self.url, self.url, 200, (("content-type", "text/html"),), self.page, NOW)

    @property
    def entry(self) -> Entry:
        return Entry(link=self.url, summary=self.summary, content=self.content)


@dataclass(frozen=True, slots=True)
class Score:
    """How one extractor did on one page: F1, CPU milliseconds, and which level of trust gave the text."""

    case: Case
    f1: float
    ms: float
    level: str


Extractor = Callable[[Case], tuple[str, str]]


def cases(names: Iterable[str] | None = None) -> list[Case]:
    index: dict[str, dict[str, Any]] = json.loads((PAGES / "index.json").read_text("utf-8"))
    return [
        Case(
            name=name,
            url=entry["url"],
            lang=entry["lang"],
            structure=entry["structure"],
            page=(PAGES / f"{name}.html").read_bytes(),
            expected=(PAGES / f"{name}.txt").read_text("utf-8"),
            summary=entry.get("summary", ""),
            content=entry.get("content", ""),
            title=entry["title"],
            parts=entry["parts"],
        )
        for name, entry in index.items()
        if names is None or name in set(names)
    ]


def by_ingestd(case: Case) -> tuple[str, str]:
    article = extract_article(case.entry, case.response, site_rules=RULES)
    return article.text, article.body_origin.value


def by_page_alone(case: Case) -> tuple[str, str]:
    """Ours without rules and without a feed: what the others have to work with."""
    article = extract_article(None, case.response)
    return article.text, article.body_origin.value


def others() -> dict[str, Extractor]:
    """The extractors that are installed, each by its own door and with its usual options."""
    found: dict[str, Extractor] = {}
    if find_spec("trafilatura"):
        trafilatura = import_module("trafilatura")
        found["trafilatura"] = lambda case: (trafilatura.extract(case.page, include_comments=False) or "", "page")
    if find_spec("readability"):
        readability, html = import_module("readability"), import_module("lxml.html")

        def by_readability(case: Case) -> tuple[str, str]:
            summary = readability.Document(case.page).summary(html_partial=True)
            return "\n".join(html.fromstring(summary).itertext()) if summary.strip() else "", "page"

        found["readability-lxml"] = by_readability
    return found


def scored(case: Case, extractor: Extractor, rounds: int) -> Score:
    """One page; the CPU time is the least of the rounds, for the machine may be busy otherwise."""
    times = []
    text, level = "", "none"
    for _ in range(rounds):
        start = time.process_time()
        text, level = extractor(case)
        times.append((time.process_time() - start) * 1000)
    return Score(case, f1(case.expected, text), min(times), level)


def measure(found: list[Case], rounds: int = 3) -> dict[str, list[Score]]:
    """Every extractor over every page, ours first. One unmeasured page before: imports and caches are not the page."""
    extractors: dict[str, Extractor] = {"ingestd": by_ingestd, "ingestd, page alone": by_page_alone, **others()}
    results = {}
    for name, extractor in extractors.items():
        extractor(found[0])
        results[name] = [scored(case, extractor, rounds) for case in found]
    return results


#: What the parts of an article are in its HTML.
PART_TAGS = {
    "headings": re.compile(r"<h[2-6][ >]"),
    "list items": re.compile(r"<li[ >]"),
    "cells": re.compile(r"<t[dh][ >]"),
    "images": re.compile("<img "),
    "quotes": re.compile(r"<blockquote[ >]"),
    "code": re.compile(r"<pre[ >]"),
}


def kept_parts(found: list[Case]) -> dict[str, float]:
    """The shares of headings, images, … of the articles that the page level keeps, and of titles that it reads."""
    wanted: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for case in found:
        article = extract_article(None, case.response)
        for name, count in case.parts.items():
            wanted[name] += count
            kept[name] += min(count, len(PART_TAGS[name].findall(article.html)))
        wanted["titles"] += 1
        kept["titles"] += (article.title or "") == case.title
    return {name: round(kept[name] / wanted[name], 3) for name in sorted(wanted)}


def mean(values: Iterable[float]) -> float:
    return round(statistics.fmean(values), 4)


def grouped(scores: list[Score], key: Callable[[Score], str]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        groups[key(score)].append(score.f1)
    return {name: {"pages": len(values), "f1": mean(values)} for name, values in sorted(groups.items())}


def large(scores: list[Score]) -> list[Score]:
    """The pages as heavy as those of the press: 50 KB and more."""
    return [score for score in scores if len(score.case.page) >= 50_000]


def report(results: dict[str, list[Score]]) -> dict[str, Any]:
    """What the runner says, as one JSON object."""
    own = statistics.median(score.ms for score in results["ingestd"])
    summary: dict[str, Any] = {"pages": len(results["ingestd"]), "extractors": {}}
    for name, scores in results.items():
        ms = statistics.median(score.ms for score in scores)
        summary["extractors"][name] = {
            "f1": mean(score.f1 for score in scores),
            "by_half": grouped(scores, lambda score: score.case.half),
            "by_level": grouped(scores, lambda score: score.level),
            "by_language": grouped(scores, lambda score: score.case.lang),
            "cpu_ms_median": round(ms, 2),
            "cpu_ms_large": round(statistics.median(score.ms for score in large(scores)), 2) if large(scores) else None,
            "cpu_ratio": round(ms / own, 2),
        }
    found = [score.case for score in results["ingestd"]]
    summary["kept"] = {
        half: kept_parts([case for case in found if case.half == half]) for half in ("development", "test")
    }
    summary["by_page"] = {
        score.case.name: {name: round(scores[number].f1, 4) for name, scores in results.items()}
        for number, score in enumerate(results["ingestd"])
    }
    return summary


def table(summary: dict[str, Any], worst: int) -> str:
    extractors = summary["extractors"]
    languages = sorted({lang for entry in extractors.values() for lang in entry["by_language"]})
    lines = [f"{summary['pages']} pages, mean F1", ""]
    lines.append(
        f"{'':24}{'all':>8}" + "".join(f"{lang:>9}" for lang in languages) + f"{'CPU ms':>9}{'ratio':>7}{'>=50 KB':>9}"
    )
    for name, entry in extractors.items():
        row = "".join(f"{entry['by_language'][lang]['f1']:9.3f}" for lang in languages)
        cpu = f"{entry['cpu_ms_median']:9.1f}{entry['cpu_ratio']:7.1f}{entry['cpu_ms_large'] or 0:9.1f}"
        lines.append(f"{name:24}{entry['f1']:8.3f}{row}{cpu}")
    lines += ["", "F1 by half (development, test)"]
    lines += [
        f"  {name:22}" + "".join(f"{part['f1']:8.3f}{part['pages']:6} pages" for part in entry["by_half"].values())
        for name, entry in extractors.items()
    ]
    lines += [
        "",
        "kept by the page level alone",
        *(f"  {half:22}{json.dumps(kept)}" for half, kept in summary["kept"].items()),
    ]
    lines += ["", "ingestd by level"]
    lines += [
        f"  {level:22}{part['f1']:8.3f}{part['pages']:6} pages"
        for level, part in extractors["ingestd"]["by_level"].items()
    ]
    ranked = sorted(summary["by_page"].items(), key=lambda item: item[1]["ingestd"])
    lines += ["", "worst pages", *(f"  {name:22}" + json.dumps(part) for name, part in ranked[:worst])]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--worst", type=int, default=8, help="how many of the worst pages to list")
    parser.add_argument("--rounds", type=int, default=3, help="measure each page so many times and keep the least")
    options = parser.parse_args(arguments)
    summary = report(measure(cases(), options.rounds))
    if options.json:
        options.json.write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stdout.write(table(summary, options.worst) + "\n")


if __name__ == "__main__":
    main()
