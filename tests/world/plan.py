"""Makes a world from a seed. One generator a subject, so that each is the same whatever others there are."""

from dataclasses import replace
from random import Random

from tests.world import words
from tests.world.knobs import Knobs
from tests.world.plan_further import with_further_events, with_further_habit
from tests.world.plan_habits import with_habit
from tests.world.plan_later import with_later_habit
from tests.world.plan_readers import readers_of_others
from tests.world.truth import (
    DAY_S,
    HOUR_S,
    Article,
    Fault,
    FeedHabit,
    MachineEvent,
    PageHabit,
    Site,
    Subscription,
    Version,
    World,
)

#: Faults of servers, and what their `value` may be.
FAULTS: dict[str, tuple[float, ...]] = {
    "refused": (0.0,),
    "dead": (0.0,),
    "dns": (0.0,),
    "slow": (3.0, 15.0, 40.0),
    "error-503": (0.0,),
    "error-500": (0.0,),
    "limit-429": (0.0,),
    "limit-429-retry": (30.0, 600.0, 7200.0, 100_000.0),
    "maintenance": (0.0,),
    "reset": (0.0,),
    "not-found": (0.0,),
    "torn": (0.3, 0.7, 0.95),
    "short": (0.5,),
    "stale-304": (0.0,),
    "always-304": (0.0,),
    "old": (0.0,),
    "wall": (0.0,),
    "to-home": (0.0,),
}


def make_world(seed: int, knobs: Knobs) -> World:
    """The world of a seed."""
    sites = tuple(with_habit(seed, _site(seed, number, knobs), knobs) for number in range(knobs.sites))
    sites = tuple(with_further_habit(seed, with_later_habit(seed, site, knobs), knobs) for site in sites)
    sites += readers_of_others(seed, sites, knobs)
    subscriptions = tuple(_subscription(seed, site, knobs) for site in sites)
    interval = Random(f"{seed} interval").choice((HOUR_S, 2 * HOUR_S, 4 * HOUR_S))
    world = World(seed, knobs.days, sites, subscriptions, _machine(seed, knobs), interval_s=interval)
    return with_further_events(world, knobs)


def _subscription(seed: int, site: Site, knobs: Knobs) -> Subscription:
    rng = Random(f"{seed} subscription {site.number}")
    item = Subscription(site.number, f"Source {site.number}", rng.choice(("auto", "auto", "auto", "always", "never")))
    at = float(int(rng.uniform(DAY_S, max(knobs.days - 2, 2) * DAY_S)))
    change = rng.choice(("none", "none", "none", "later", "removed", "disabled", "renamed", "rule"))
    if change in knobs.off:
        return item
    match change:
        case "later":
            return replace(item, start=at)
        case "removed":
            return replace(item, end=at)
        case "disabled":
            again = at + rng.choice((HOUR_S, DAY_S, 3 * DAY_S))
            return replace(item, changes=((at, '{"enabled": false}'), (again, '{"enabled": true}')))
        case "renamed":
            return replace(item, changes=((at, f'{{"name": "Renamed {site.number}"}}'),))
        case "rule":
            return replace(item, changes=((at, '{"remove": [".note"]}'),))
    return item


def _site(seed: int, number: int, knobs: Knobs) -> Site:
    rng = Random(f"{seed} site {number}")
    language = rng.choice(("en", "zh"))
    host = f"{words.word(rng)}{number}.example.com"
    feed = FeedHabit(
        format=rng.choice(("rss", "rss", "atom", "json")),
        window=rng.choice((5, 8, 10, 20)),
        guid=rng.choice(knobs.allowed("permalink", "first-permalink", "tag", "number", "none")),
        text=rng.choice(knobs.allowed("teaser", "whole", "none")),
        dates=rng.choice(knobs.allowed("right", "right", "right", "none", "future")),
        authors=rng.random() < 0.7,
        categories=rng.random() < 0.3,
        validators=rng.choice(("etag", "modified", "both", "none")),
        tracking=rng.choice(("", "", "?utm_source=rss")),
        max_age_s=rng.choice((0, 0, 600, 3600)),
    )
    page = PageHabit(
        layout=rng.randrange(3),
        canonical=rng.random() < 0.7,
        authors=rng.random() < 0.7,
        dates=rng.random() < 0.7,
        validators=rng.random() < 0.5,
        related=rng.random() < 0.5,
        note=rng.random() < 0.3 and "note" not in knobs.off,
    )
    hosts: tuple[tuple[float, str], ...] = ((0.0, host),)
    if rng.random() < 0.15 and "domain-move" not in knobs.off:
        hosts += ((rng.uniform(DAY_S, knobs.days * DAY_S), rng.choice((f"www.{host}", f"new-{host}"))),)
    return Site(
        number,
        hosts,
        words.word(rng).capitalize(),
        language,
        feed,
        page,
        _articles(seed, number, language, knobs),
        _faults(seed, number, knobs),
        latency_s=rng.choice((0.05, 0.2, 0.8)),
        pushes=rng.random() < 0.2 and "push" not in knobs.off,
    )


def _articles(seed: int, number: int, language: str, knobs: Knobs) -> tuple[Article, ...]:
    rng = Random(f"{seed} times {number}")
    at = -3 * DAY_S
    found: list[Article] = []
    rate = knobs.articles_a_day * rng.choice((0.3, 1.0, 2.0))
    authors = [words.person(rng) for _ in range(2)]
    while (at := at + rng.expovariate(rate / DAY_S)) < knobs.days * DAY_S:
        found.append(_article(seed, number, len(found), at, language, rng.choice(authors), knobs))
    return tuple(found)


def _article(seed: int, site: int, number: int, at: float, language: str, author: str, knobs: Knobs) -> Article:
    rng = Random(f"{seed} article {site} {number}")
    name = words.invented_name(site * 1000 + number)
    at = float(int(at))
    first = Version(
        at,
        words.title(rng, language, name),
        tuple(words.paragraph(rng, language, name) for _ in range(rng.randint(3, 5))),
    )
    slug = "-".join(words.word(rng) for _ in range(3))
    article = Article(
        name,
        number,
        at,
        author,
        (first,),
        ((at, f"/{rng.choice(('news', 'blog', '2025/03'))}/{slug}"),),
        categories=tuple(words.word(rng) for _ in range(rng.randint(0, 2))),
    )
    if rng.random() < 0.2 and "edit" not in knobs.off:
        article = replace(article, versions=(first, _edited(rng, first, language, name)))
    if rng.random() < 0.05 and "delete" not in knobs.off:
        gone = at + rng.uniform(2 * HOUR_S, 5 * DAY_S)
        article = replace(article, deleted_at=gone, deleted_status=rng.choice((404, 410)))
    if rng.random() < 0.08 and "move" not in knobs.off:
        moved = at + rng.uniform(3 * HOUR_S, 4 * DAY_S)
        article = replace(article, paths=(*article.paths, (moved, f"/{words.word(rng)}/{slug}-moved")))
    return article


def _edited(rng: Random, version: Version, language: str, name: str) -> Version:
    paragraphs = list(version.paragraphs)
    change = rng.choice(("add", "replace", "title"))
    title = version.title
    if change == "add":
        paragraphs.append(words.paragraph(rng, language, name))
    elif change == "replace":
        paragraphs[rng.randrange(1, len(paragraphs))] = words.paragraph(rng, language, name)
    else:
        title = f"{title} {words.word(rng)}" if language == "en" else f"{title}{words.title(rng, language, '')[:3]}"
        paragraphs[0] = words.paragraph(rng, language, name)
    return Version(version.at + rng.uniform(600, 6 * DAY_S), title, tuple(paragraphs))


def _faults(seed: int, number: int, knobs: Knobs) -> tuple[Fault, ...]:
    rng = Random(f"{seed} faults {number}")
    found = []
    at = rng.expovariate(1 / (6 * DAY_S))
    while at < knobs.days * DAY_S and "fault" not in knobs.off:
        kind = rng.choice(sorted(FAULTS))
        lasts = rng.choice((600.0, 2 * HOUR_S, 10 * HOUR_S, 30 * HOUR_S))
        if kind not in knobs.off:
            found.append(Fault(kind, at, at + lasts, rng.choice(FAULTS[kind])))
        at += lasts + rng.expovariate(1 / (6 * DAY_S))
    return tuple(found)


def _machine(seed: int, knobs: Knobs) -> tuple[MachineEvent, ...]:
    rng = Random(f"{seed} machine")
    found = []
    at = rng.expovariate(1 / (2 * DAY_S))
    while at < knobs.days * DAY_S:
        kind = rng.choice(("kill", "kill", "stop", "disk", "clock"))
        value = {
            "kill": float(rng.randint(1, 60)),
            "stop": rng.choice((2.0, 600.0, 9 * HOUR_S)),
            "disk": rng.choice((60.0, 1800.0, 6 * HOUR_S)),
            "clock": rng.choice((-7 * DAY_S, -HOUR_S, HOUR_S, 3 * DAY_S)),
        }[kind]
        if f"machine-{kind}" not in knobs.off:
            found.append(MachineEvent(kind, at, value))
        at += rng.expovariate(1 / (2 * DAY_S))
    return tuple(found)
