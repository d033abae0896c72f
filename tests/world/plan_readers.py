"""Plans the sites that list the articles of others: planets, mirrors, and link blogs with texts of their own."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tests.world import words
from tests.world.knobs import Knobs
from tests.world.truth import DAY_S, Article, FeedHabit, PageHabit, Site, Version


def readers_of_others(seed: int, sites: Sequence[Site], knobs: Knobs) -> tuple[Site, ...]:
    """A planet, a link blog and a mirror over `sites`, each in some worlds."""
    found = []
    # What has no address of its own cannot be listed under it.
    sites = [site for site in sites if site.feed.link == "own"]
    first = knobs.sites
    for offset, kind in enumerate(("planet", "linkblog", "mirror")):
        rng = Random(f"{seed} {kind}")
        if rng.random() >= 0.35 or kind in knobs.off or not sites:
            continue
        match kind:
            case "planet":
                found.append(_planet(rng, first + offset, sites, knobs))
            case "linkblog":
                found.append(_linkblog(rng, first + offset, sites))
            case "mirror":
                found.append(_mirror(rng, first + offset, rng.choice(sites)))
    return tuple(found)


def _planet(rng: Random, number: int, sites: Sequence[Site], knobs: Knobs) -> Site:
    lists = tuple(sorted(rng.sample([site.number for site in sites], k=min(3, len(sites)))))
    text = rng.choice(knobs.allowed("teaser", "none", "whole"))
    feed = FeedHabit(format=rng.choice(("rss", "atom")), window=20, text=text, authors=rng.random() < 0.5)
    name = f"Planet {words.word(rng)}"
    host = f"planet{number}.example.org"
    return Site(number, ((0.0, host),), name, "en", feed, PageHabit(), (), kind="planet", lists=lists)


def _mirror(rng: Random, number: int, of: Site) -> Site:
    """A second address of a feed, of the same domain or of a service for feeds."""
    feed = replace(of.feed, format=rng.choice((of.feed.format, "rss", "atom")), validators="both", max_age_s=0)
    host = f"feeds{number}.{rng.choice(('example.com', 'example.org'))}"
    name, lists = f"{of.name} again", (of.number,)
    return Site(number, ((0.0, host),), name, of.language, feed, of.page, (), kind="mirror", lists=lists)


def _linkblog(rng: Random, number: int, sites: Sequence[Site]) -> Site:
    about = [article for site in sites for article in site.articles if rng.random() < 0.3]
    articles = [_comment(rng, number, index, article) for index, article in enumerate(about)]
    feed = FeedHabit(format=rng.choice(("rss", "atom", "json")), window=20, text="whole")
    host = f"links{number}.example.net"
    return Site(number, ((0.0, host),), "Links", "en", feed, PageHabit(), tuple(articles), kind="linkblog")


def _comment(rng: Random, site: int, number: int, about: Article) -> Article:
    name = words.invented_name(site * 1000 + number)
    at = float(int(about.published + rng.uniform(600, 2 * DAY_S)))
    paragraphs = tuple(words.paragraph(rng, "en", name) for _ in range(2))
    title = words.title_unlike(rng, "en", name, (version.title for version in about.versions))
    version = Version(at, title, paragraphs)
    path = f"/links/{words.word(rng)}-{number}"
    return Article(name, number, at, words.person(rng), (version,), ((at, path),), about=about.name)
