"""Plans the habits that make a site's articles hard to tell apart, and the pages that robots.txt forbids.

A generator of its own, so that a site is otherwise the same with and without them.
"""

from dataclasses import replace
from random import Random

from tests.world.knobs import Knobs
from tests.world.truth import DAY_S, Article, FeedHabit, Site

_HABITS = ("shared-guid", "title-guid", "guid-change", "shared-link", "robots", "dates-now", "dates-epoch")
#: The share of sites that have one of them.
_SHARE = 0.5
#: What robots.txt may forbid.
_FORBIDDEN = (("/",), ("/news/",), ("/blog/", "/2025/"))


def with_habit(seed: int, site: Site, knobs: Knobs) -> Site:
    """The site, with one of the habits in half of the cases."""
    rng = Random(f"{seed} habit {site.number}")
    kind = rng.choice(_HABITS)
    if rng.random() >= _SHARE or kind in knobs.off:
        return site
    if kind == "robots":
        return replace(site, forbidden=rng.choice(_FORBIDDEN))
    if kind == "shared-link" and len(site.articles) < 2:
        return site
    if kind == "shared-link":
        return _with_shared_link(rng, site)
    return replace(site, feed=_with(rng, site.feed, kind, knobs))


def _with_shared_link(rng: Random, site: Site) -> Site:
    """A site whose entries have a text of their own, and all the same link.

    It has two articles from the beginning: of one alone nobody can tell that its link is shared. A push brings one
    alone, and after a move it would be the first under the new link.
    """
    feed = replace(site.feed, link="list", text=rng.choice(("teaser", "whole")), guid=rng.choice(("tag", "none")))
    early = tuple(at_the_beginning(article) for article in site.articles[:2])
    return replace(site, feed=feed, articles=(*early, *site.articles[2:]), hosts=site.hosts[:1], pushes=False)


def at_the_beginning(article: Article) -> Article:
    """The article without what befalls it, as published before the world began."""
    at = min(article.published, -60.0 * (article.number + 1))
    first = replace(article.versions[0], at=at)
    path = article.paths[0][1]
    return replace(article, published=at, versions=(first,), paths=((at, path),), deleted_at=None)


def _with(rng: Random, feed: FeedHabit, kind: str, knobs: Knobs) -> FeedHabit:
    match kind:
        case "shared-guid":
            return replace(feed, guid="shared")
        case "title-guid":
            return replace(feed, guid="title")
        case "guid-change":
            others = [style for style in ("permalink", "tag", "number", "none") if style != feed.guid]
            at = float(int(rng.uniform(DAY_S, max(knobs.days - 1, 1.5) * DAY_S)))
            return replace(feed, guid_later=(at, rng.choice(others)))
        case "dates-now":
            return replace(feed, dates="now")
    return replace(feed, dates="epoch")
