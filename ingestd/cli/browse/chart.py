"""Charts as SVG: posts by day and source, and the posts of a source in its last days. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from ingestd.cli.browse.cells import search_path
from ingestd.text.search.parse_query import quoted_term

#: Spans of the chart, in days, by their names in addresses.
SPANS = {"30d": 30, "90d": 90, "1y": 365, "3y": 1096}
#: Sources with a colour of their own, those with the most posts; the others share one.
MAX_COLOURED_SOURCES = 9
#: The number under which the posts of further sources are given.
OTHERS = 0
_MAX_BARS = 100
_WIDTH, _LEFT, _TOP, _BOTTOM = 960, 44, 10, 24
_BAR_SHARE = 0.82


@dataclass(frozen=True, slots=True)
class Legend:
    """A source in the chart: its name, its place among the colours, its posts."""

    name: str
    colour: int
    posts: int
    path: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its legend; `bucket` is what a bar stands for."""

    svg: Markup
    legend: list[Legend]
    bucket: str
    posts: int


@dataclass(frozen=True, slots=True)
class _Bar:
    first: date
    last: date
    counts: list[int]


def posts_chart(
    by_day: Mapping[int, Mapping[date, int]],
    names: Mapping[int, str],
    *,
    today: date,
    days: int,
    height: int = 260,
    others: int = 0,
) -> Chart:
    """Stacked bars of the posts of each source in the last `days` days, until `today`; the chart is 960 wide.

    `by_day` may have the posts of `others` further sources under the number OTHERS.

    A bar stands for a day, or for several where there would be more than `_MAX_BARS`.
    """
    first = today - timedelta(days=days - 1)
    totals = {
        source: sum(count for day, count in counted.items() if first <= day <= today)
        for source, counted in by_day.items()
    }
    ordered = sorted((source for source in totals if totals[source]), key=lambda source: (-totals[source], source))
    named = [source for source in ordered if source != OTHERS]
    own = named[:MAX_COLOURED_SOURCES]
    more = [source for source in ordered if source not in own]
    groups = [[source] for source in own] + ([more] if more else [])
    size = next(size for size in (1, 7, 14, 28, 56) if days / size <= _MAX_BARS)
    bars = []
    for start in range(-(-days // size)):
        last = today - timedelta(days=size * start)
        span = [day for ago in range(size) if (day := last - timedelta(days=ago)) >= first]
        counts = [sum(by_day[source].get(day, 0) for source in group for day in span) for group in groups]
        bars.append(_Bar(span[-1], last, counts))
    bars.reverse()
    legend = [
        Legend(names.get(source, "?"), place, totals[source], _source_path(names.get(source), first))
        for place, source in enumerate(own)
    ]
    if more:
        name = f"{len(named) - len(own) + others:,} more"
        legend.append(Legend(name, MAX_COLOURED_SOURCES, sum(map(totals.__getitem__, more)), None))
    return Chart(_svg(bars, legend, height), legend, "a day" if size == 1 else f"{size} days", sum(totals.values()))


def _source_path(name: str | None, first: date) -> str | None:
    return search_path(f"source:{quoted_term(name)} since:{first}") if name else None


def _svg(bars: Sequence[_Bar], legend: Sequence[Legend], height: int) -> Markup:
    top = nice_maximum(max((sum(bar.counts) for bar in bars), default=0))
    inner = height - _TOP - _BOTTOM
    step = (_WIDTH - _LEFT) / max(len(bars), 1)
    parts = [*_grid(top, inner), *_days(bars, step, height)]
    for place, bar in enumerate(bars):
        parts.append(_bar(bar, legend, (_LEFT + place * step, _TOP + inner), step * _BAR_SHARE, inner / top))
    label = Markup("{:,} posts").format(sum(sum(bar.counts) for bar in bars))
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, height, label, Markup("").join(parts)
    )


def nice_maximum(value: int) -> int:
    """The end of an axis that holds `value`: 1, 2, 3, 4, 6 or 8 times a power of ten, at least 4."""
    power = 1
    while True:
        for factor in (1, 2, 3, 4, 6, 8):
            if factor * power >= max(value, 4):
                return factor * power
        power *= 10


def _grid(top: int, height: float) -> list[Markup]:
    lines = []
    for value in sorted({0, top // 2, top}):
        y = _TOP + height - height * value / top
        lines.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(_LEFT, _WIDTH, y=_number(y))
            + Markup('<text class="axis" x="{}" y="{}" text-anchor="end">{:,}</text>').format(
                _LEFT - 6, _number(y + 4), value
            )
        )
    return lines


def _days(bars: Sequence[_Bar], step: float, height: int) -> list[Markup]:
    """About eight dates below the bars."""
    every = max(1, round(len(bars) / 8))
    return [
        Markup('<text class="axis" x="{}" y="{}">{}</text>').format(_number(_LEFT + place * step), height - 6, bar.last)
        for place, bar in enumerate(bars)
        if place % every == 0 and len(bars) - place > every / 2
    ]


def _bar(bar: _Bar, legend: Sequence[Legend], foot: tuple[float, float], width: float, scale: float) -> Markup:
    x, y = foot
    parts = []
    for one, count in zip(legend, bar.counts, strict=True):
        if count:
            y -= count * scale
            parts.append(
                Markup('<rect class="c{}" x="{}" y="{}" width="{}" height="{}"/>').format(
                    one.colour, _number(x), _number(y), _number(width), _number(count * scale)
                )
            )
    if not parts:
        return Markup("")
    days = f"{bar.first}" if bar.first == bar.last else f"{bar.first} to {bar.last}"
    counts = [f"{one.name}: {count}" for one, count in zip(legend, bar.counts, strict=True) if count]
    title = "\n".join([f"{days}: {sum(bar.counts)} posts", *counts])
    path = search_path(f"since:{bar.first} until:{bar.last}")
    return Markup('<a href="{}"><title>{}</title>{}</a>').format(path, title, Markup("").join(parts))


def sparkline(counts: Sequence[int]) -> Markup:
    """Small bars of the posts of some days, the last one at the right."""
    top = max([*counts, 1])
    bars = Markup("").join(
        Markup('<rect x="{}" y="{}" width="4" height="{}"/>').format(
            place * 6, _number(20 - max(20 * count / top, 1)), _number(max(20 * count / top, 1))
        )
        for place, count in enumerate(counts)
    )
    return Markup('<svg class="spark" viewBox="0 0 {} 20" role="img" aria-label="{}">{}</svg>').format(
        6 * len(counts), f"{sum(counts)} posts in {len(counts)} days", bars
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
