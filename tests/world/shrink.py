"""Makes a failing world smaller while the same invariant fails, and tells it as a story.

A cut is a list of names of what is left out: `s3` (a site), `m0` (an event of the machine), `f3.1` (a fault of site 3),
`a3.7` (an article of it), `e3.7` (its edits), and `d4` (all but the first 4 days).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tests.world.truth import DAY_S, Article, Site, World

#: Runs that one search for a smaller world may take.
MAX_RUNS = 150
Fails = Callable[[World], bool]


def cut(world: World, names: Sequence[str]) -> World:
    """The world without what `names` names."""
    dropped = set(names)
    days = min([world.days, *(float(name[1:]) for name in dropped if name.startswith("d"))])
    sites = tuple(_cut_site(site, dropped) for site in world.sites if f"s{site.number}" not in dropped)
    numbers = {site.number for site in sites}
    sites = tuple(_without_others(site, numbers, sites) for site in sites)
    return replace(
        world,
        days=days,
        sites=sites,
        subscriptions=tuple(item for item in world.subscriptions if item.site in numbers),
        machine=tuple(item for index, item in enumerate(world.machine) if f"m{index}" not in dropped),
    )


def _without_others(site: Site, numbers: set[int], sites: Sequence[Site]) -> Site:
    """A planet or mirror without the sites that are left out, a link blog without what it says of their articles."""
    names = {article.name for other in sites for article in other.articles}
    articles = tuple(article for article in site.articles if article.about is None or article.about in names)
    return replace(site, lists=tuple(number for number in site.lists if number in numbers), articles=articles)


def _cut_site(site: Site, dropped: set[str]) -> Site:
    articles = tuple(
        replace(article, versions=article.versions[:1]) if f"e{site.number}.{article.number}" in dropped else article
        for article in site.articles
        if f"a{site.number}.{article.number}" not in dropped
    )
    faults = tuple(fault for index, fault in enumerate(site.faults) if f"f{site.number}.{index}" not in dropped)
    return replace(site, articles=articles, faults=faults)


def smallest_cut(world: World, fails: Fails) -> list[str]:
    """The largest cut that is found under which the world still fails."""
    names: list[str] = []
    runs = 0
    for candidate in _candidates(world):
        if runs >= MAX_RUNS:
            break
        attempt = [*names, *(name for name in candidate if name not in names)]
        if cut(world, attempt) == cut(world, names) or not cut(world, attempt).sites:
            continue
        runs += 1
        if fails(cut(world, attempt)):
            names = attempt
    return names


def _candidates(world: World) -> Iterator[list[str]]:
    """What to try to leave out, the largest first."""
    days = world.days
    while days > 1:
        days = max(1.0, round(days * 0.6, 1))
        yield [f"d{days:g}"]
    for group in _halves([f"s{site.number}" for site in world.sites]):
        yield group
    for group in _halves([f"m{index}" for index in range(len(world.machine))]):
        yield group
    for site in world.sites:
        yield from _halves([f"f{site.number}.{index}" for index in range(len(site.faults))])
        yield from _halves([f"a{site.number}.{article.number}" for article in site.articles])
        yield from _halves([f"e{site.number}.{a.number}" for a in site.articles if len(a.versions) > 1])


def _halves(names: list[str]) -> Iterator[list[str]]:
    """All of them, then halves, quarters, and so on to single ones."""
    size = len(names)
    while size:
        yield from (names[start : start + size] for start in range(0, len(names), size))
        size = size // 2


def story(world: World) -> Iterator[str]:
    """What is in a world, one line each."""
    yield (
        f"{world.days:g} days from {world.seed=}, polls every {world.interval_s:.0f} s by default,"
        f" {world.daemons} daemon(s)"
    )
    for item in world.subscriptions:
        changes = f", changed {item.changes}" if item.changes else ""
        changes += f", missing from {_at(item.gap[0])} to {_at(item.gap[1])}" if item.gap else ""
        yield f"  {item.name}: article = {item.article!r}, from {_at(item.start)}{changes}"
    for site in world.sites:
        yield f"  site {site.number} ({site.kind}, {site.host(0)}): {site.feed} {site.page}"
        yield from (f"    from {_at(since)} at {host}" for since, host in site.hosts[1:])
        if site.feed_moves is not None:
            yield f"    from {_at(site.feed_moves[0])} its feed is elsewhere, and {site.feed_moves[1]} is in its place"
        if site.hosts_alike or site.pushes:
            yield f"    hosts alike: {site.hosts_alike}, pushes: {site.push_style if site.pushes else 'none'}"
        yield from (
            f"    {_at(fault.start)} to {_at(fault.end)}: {fault.kind} {fault.value:g}" for fault in site.faults
        )
        yield from (f"    {line}" for article in site.articles for line in _article_story(article))
    yield from (f"  machine, {_at(item.at)}: {item.kind} {item.value:g}" for item in world.machine)


def _article_story(article: Article) -> Iterator[str]:
    yield f"{_at(article.published)}: {article.name} published at {article.paths[0][1]}"
    yield from (f"{_at(version.at)}: {article.name} edited: {version.title!r}" for version in article.versions[1:])
    yield from (f"{_at(since)}: {article.name} moved to {path}" for since, path in article.paths[1:])
    if article.alias is not None:
        yield f"{_at(article.published)}: {article.name} is listed at {article.alias} too"
    if article.deleted_at is not None:
        yield f"{_at(article.deleted_at)}: {article.name} deleted ({article.deleted_status})"


def _at(seconds: float) -> str:
    """Day and time, with the seconds that messages have."""
    day, rest = divmod(seconds, DAY_S)
    return f"day {day:.0f} {rest // 3600:02.0f}:{rest % 3600 // 60:02.0f} ({seconds:.0f} s)"
