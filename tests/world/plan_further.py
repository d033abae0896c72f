"""Plans what worlds from seed `FIRST_SEED` on have too, so that earlier seeds stay the worlds that they were.

Articles that are listed under two addresses, or edited and put back; feeds that move alone, whose links have another
parameter at each request, or whose texts have hidden parts; pushes that come again; sites with two hosts alike. The
machine has two daemons, other versions of ingestd, statements that fail, no file descriptors, and files of its
configuration that were cut.
"""

from dataclasses import replace
from random import Random

from tests.world.knobs import Knobs
from tests.world.plan_habits import at_the_beginning
from tests.world.truth import (
    DAY_S,
    HOUR_S,
    Article,
    MachineEvent,
    Site,
    Subscription,
    Version,
    World,
)

#: The first seed whose world has these habits.
FIRST_SEED = 2001
_KINDS = ("alias", "feed-move", "feed-away", "hosts-alike", "session", "hidden", "revert", "push-again", "push-late")
_SESSIONS = ("t", "PHPSESSID", "sid", "jsessionid", "_", "rnd")
#: The share of articles that are listed twice, and of edits that are taken back.
_ALIASES, _REVERTS = 0.4, 0.7
_EVENTS = ("statement", "statement", "files", "upgrade", "upgrade", "empty")


def with_further_habit(seed: int, site: Site, knobs: Knobs) -> Site:
    """The site, with one of these habits in most cases."""
    rng = Random(f"{seed} further {site.number}")
    kind = rng.choice(_KINDS)
    if seed < FIRST_SEED or rng.random() < 0.1 or kind in knobs.off or site.feed.link == "list":
        return site
    at = float(int(rng.uniform(DAY_S / 2, max(knobs.days - 1, 1.5) * DAY_S)))
    match kind:
        case "alias":
            return replace(site, articles=tuple(_with_alias(rng, article) for article in site.articles))
        case "feed-move":
            return replace(site, feed_moves=(at, 301))
        case "feed-away":
            return replace(site, feed_moves=(at, 404))
        case "hosts-alike":
            first = site.hosts[0][1]
            pair = (first, f"www.{first}") if rng.random() < 0.5 else (f"www.{first}", first)
            return replace(site, hosts=((0.0, pair[0]), (at, pair[1])), hosts_alike=True)
        case "session":
            if len(site.articles) < 2:
                return site
            # Of one link alone nobody can tell which part of it changes.
            early = tuple(at_the_beginning(article) for article in site.articles[:2])
            feed = replace(site.feed, session=rng.choice(_SESSIONS))
            return replace(site, feed=feed, articles=(*early, *site.articles[2:]), pushes=False)
        case "hidden":
            return replace(site, feed=replace(site.feed, hidden=True, text=rng.choice(("teaser", "whole"))))
    articles = tuple(_put_back(rng, article) for article in site.articles)
    if kind == "revert" or "push" in knobs.off:
        return replace(site, articles=articles)
    return replace(site, articles=articles, pushes=True, push_style="repeated" if kind == "push-again" else "late")


def _with_alias(rng: Random, article: Article) -> Article:
    if rng.random() >= _ALIASES:
        return article
    return replace(article, alias=f"/also/{article.number}-{article.paths[0][1].rpartition('/')[2]}")


def _put_back(rng: Random, article: Article) -> Article:
    """The article whose edit is taken back some time later."""
    if rng.random() >= _REVERTS or len(article.versions) != 2:
        return article
    first, edited = article.versions
    back = Version(edited.at + rng.choice((600.0, 3 * HOUR_S, DAY_S)), first.title, first.paragraphs)
    return replace(article, versions=(first, edited, back))


def with_further_events(world: World, knobs: Knobs) -> World:
    """The world, with what else befalls its machine."""
    if world.seed < FIRST_SEED:
        return world
    rng = Random(f"{world.seed} further machine")
    found = []
    at = rng.expovariate(1 / (1.5 * DAY_S))
    while at < world.end:
        kind = rng.choice(_EVENTS)
        value = {
            "statement": float(rng.randint(1, 40)),
            "files": rng.choice((60.0, 1800.0, 6 * HOUR_S)),
            "upgrade": 30.0,
            "empty": 0.0,
        }[kind]
        if f"machine-{kind}" not in knobs.off:
            found.append(MachineEvent(kind, at, value))
        at += rng.expovariate(1 / (1.5 * DAY_S))
    items = tuple(_with_feed_change(rng, item, world) for item in world.subscriptions)
    if rng.random() < 0.3 and "gap" not in knobs.off:
        since = float(int(rng.uniform(DAY_S / 2, max(world.days - 2, 1) * DAY_S)))
        until = since + rng.choice((600.0, 6 * HOUR_S, 30 * HOUR_S))
        # The file ends after some of the sources.
        left = rng.randint(1, max(len(items) - 1, 1))
        items = items[:left] + tuple(replace(item, gap=(since, until)) for item in items[left:])
    daemons = 2 if rng.random() < 0.25 and "daemons" not in knobs.off else 1
    machine = tuple(sorted((*world.machine, *found), key=lambda event: event.at))
    return replace(world, subscriptions=items, machine=machine, daemons=daemons)


def _with_feed_change(rng: Random, item: Subscription, world: World) -> Subscription:
    """The source, with the new address of a feed that left none behind: its user finds it some time later."""
    site = world.site(item.site)
    if site.feed_moves is None or site.feed_moves[1] == 301:
        return item
    at = site.feed_moves[0] + rng.choice((HOUR_S, DAY_S))
    url = f'{{"url": "{site.feed_url(world.end)}"}}'
    return replace(item, changes=tuple(sorted((*item.changes, (at, url)))))
