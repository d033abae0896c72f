"""What is true in a simulated world: sites, their articles and what each said when, the feeds, faults and machine.

A `World` is plain data, made by `plan` from a seed and made smaller by `shrink`. Times are seconds of true time since
the world began. Nothing here is taken from ingestd.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

#: True time 0.
EPOCH = datetime(2025, 3, 3, 6, tzinfo=UTC)
HOUR_S = 3600.0
#: Where feeds are that have moved.
LATER_FEED_PATH = "/later/feed.xml"
DAY_S = 86_400.0


def moment(at: float) -> datetime:
    """A time of the world as a date."""
    return EPOCH + timedelta(seconds=at)


@dataclass(frozen=True, slots=True)
class Version:
    """What an article said from a time on."""

    at: float
    title: str
    paragraphs: tuple[str, ...]

    @property
    def teaser(self) -> str:
        """The beginning, as feeds announce it."""
        return self.paragraphs[0][:160].rstrip() + " …"


@dataclass(frozen=True, slots=True)
class Article:
    """One article of one site. `name` stands in its title and in every paragraph.

    `paths` are (from when, path): a second one is a move, and the first then redirects. `deleted_at`: its page is 404
    (`deleted_status`) from then on. `about` is the name of the article of another site that it links to and comments.
    `alias` is a second path, which its site's feed lists as an entry of its own, and whose page redirects to the first.
    """

    name: str
    number: int
    published: float
    author: str
    versions: tuple[Version, ...]
    paths: tuple[tuple[float, str], ...]
    deleted_at: float | None = None
    deleted_status: int = 404
    categories: tuple[str, ...] = ()
    about: str | None = None
    alias: str | None = None

    def version(self, at: float) -> int:
        """The number of the version that stands at a time."""
        return max(index for index, version in enumerate(self.versions) if index == 0 or version.at <= at)

    def path(self, at: float) -> str:
        """Where its page is at a time."""
        return [path for since, path in self.paths if since <= at or since == self.paths[0][0]][-1]

    def exists(self, at: float) -> bool:
        """Whether it is published and not deleted."""
        return self.published <= at and (self.deleted_at is None or at < self.deleted_at)


@dataclass(frozen=True, slots=True)
class FeedHabit:
    """How a site writes its feed.

    `window` entries; `guid` is permalink, first-permalink, tag, number, title, shared (all entries have one) or none,
    from a time on `guid_later`; `link` is own, or list: all entries link to one page with the latest headlines. `text`
    is teaser, whole or none; `dates` is right, none, future, now (that of the request), epoch or edited (that of the
    last edit); `validators` is etag, modified, both or none. `tracking` is added to each link. `order` is newest (the
    first), oldest, shuffled or pinned: the oldest article stands above the newest, for ever. `session` is the name of a
    parameter that links have too, with another value at each request. `hidden`: each text has hidden words and a
    tracking pixel in it.
    """

    format: str = "rss"
    window: int = 10
    guid: str = "permalink"
    guid_later: tuple[float, str] | None = None
    link: str = "own"
    text: str = "teaser"
    dates: str = "right"
    authors: bool = True
    categories: bool = False
    validators: str = "etag"
    tracking: str = ""
    max_age_s: int = 0
    order: str = "newest"
    session: str = ""
    hidden: bool = False

    def guid_style(self, at: float) -> str:
        """The style of its guids at a time."""
        return self.guid_later[1] if self.guid_later is not None and at >= self.guid_later[0] else self.guid

    @property
    def identifying_guids(self) -> bool:
        """Whether each entry has one guid that is its own, whatever becomes of its address."""
        return self.guid_later is None and self.guid in ("first-permalink", "tag", "number")


@dataclass(frozen=True, slots=True)
class PageHabit:
    """How a site writes its pages. `note`: an invitation to subscribe stands in the text, of the class `note`."""

    layout: int = 0
    canonical: bool = True
    authors: bool = True
    dates: bool = True
    validators: bool = True
    related: bool = True
    note: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a server from `start` to `end`: see `internet`; `value` is what the kind needs."""

    kind: str
    start: float
    end: float
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Site:
    """One site: its host (and later ones), feed, pages, articles and faults.

    `kind` is site, planet (its feed lists the articles of `lists` with their own links), mirror (a second address of
    the feed of the site in `lists`), or linkblog (its articles are about those of others, and its feed has the
    addresses of these). `pushes`: a hub pushes each new and edited entry, once, or as `push_style` says: repeated, or
    late: an old body comes once more after each newer one. `forbidden`: its robots.txt lets no crawler read addresses
    that begin so. `feed_moves` is when its feed goes to `LATER_FEED_PATH`, and what the first path answers then.
    `hosts_alike`: each of its hosts answers at all times, and none redirects to another.
    """

    number: int
    hosts: tuple[tuple[float, str], ...]
    name: str
    language: str
    feed: FeedHabit
    page: PageHabit
    articles: tuple[Article, ...]
    faults: tuple[Fault, ...] = ()
    kind: str = "site"
    lists: tuple[int, ...] = ()
    latency_s: float = 0.2
    forbidden: tuple[str, ...] = ()
    feed_path: str = "/feed.xml"
    pushes: bool = False
    push_style: str = "once"
    feed_moves: tuple[float, int] | None = None
    hosts_alike: bool = False

    @property
    def is_lister(self) -> bool:
        """Whether its feed lists the articles of other sites as they are."""
        return self.kind in ("planet", "mirror")

    def host(self, at: float) -> str:
        """Its host at a time."""
        return [host for since, host in self.hosts if since <= at or since == self.hosts[0][0]][-1]

    def feed_path_at(self, at: float) -> str:
        """Where its feed is at a time."""
        return LATER_FEED_PATH if self.feed_moves is not None and at >= self.feed_moves[0] else self.feed_path

    def feed_url(self, at: float = 0.0) -> str:
        """The address of its feed at a time."""
        return f"https://{self.host(at)}{self.feed_path_at(at)}"

    def page_url(self, article: Article, at: float) -> str:
        """The address of an article's page at a time."""
        return f"https://{self.host(at)}{article.path(at)}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A source of the configuration, from `start` to `end`; `changes` are (when, other values of keys, JSON).

    `gap`: from when until when it is missing in a file that was cut.
    """

    site: int
    name: str
    article: str = "auto"
    start: float = 0.0
    end: float | None = None
    changes: tuple[tuple[float, str], ...] = ()
    gap: tuple[float, float] | None = None

    @property
    def times(self) -> set[float]:
        """When the configuration of it changes."""
        return {
            self.start,
            *(at for at, _ in self.changes),
            *({self.end} if self.end is not None else ()),
            *(self.gap or ()),
        }

    def keys(self, at: float) -> dict[str, object] | None:
        """The keys that changed until a time; None while the configuration does not have it."""
        if at < self.start or (self.end is not None and self.end <= at):
            return None
        if self.gap is not None and self.gap[0] <= at < self.gap[1]:
            return None
        keys: dict[str, object] = {"name": self.name, "article": self.article}
        for since, changed in self.changes:
            keys |= json.loads(changed) if since <= at else {}
        return keys

    @property
    def names(self) -> frozenset[str]:
        """All names that it has in turn."""
        return frozenset({self.name, *(json.loads(keys).get("name", self.name) for _, keys in self.changes)})

    def off(self, until: float) -> list[tuple[float, float]]:
        """The spans up to a time in which it is not polled."""
        spans = pairwise([*sorted({0.0, *self.times}), until])
        return [(a, b) for a, b in spans if (keys := self.keys(a)) is None or not keys.get("enabled", True)]


@dataclass(frozen=True, slots=True)
class MachineEvent:
    """What happens to the machine at a time.

    `kill`: the process dies before its `value`-th effect after that time. `stop`: it is told to stop, and started again
    `value` seconds later. `disk`: no page can be added to the database for `value` seconds. `clock`: the machine's
    clock jumps by `value` seconds. `statement`: the `value`-th statement that writes after that time fails. `files`: no
    connection can be opened for `value` seconds, for want of file descriptors. `upgrade`: another version of ingestd is
    installed, which makes other texts of pages. `empty`: the configuration is read again, and is empty.
    """

    kind: str
    at: float
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class World:
    """A whole world: `days` of the life of some sites and of one machine that polls them, with `daemons` processes."""

    seed: int
    days: float
    sites: tuple[Site, ...]
    subscriptions: tuple[Subscription, ...]
    machine: tuple[MachineEvent, ...] = ()
    interval_s: float = 2 * HOUR_S
    revisit: tuple[float, ...] = field(default=(HOUR_S, 6 * HOUR_S, DAY_S, 7 * DAY_S))
    daemons: int = 1

    @property
    def end(self) -> float:
        """When it ends."""
        return self.days * DAY_S

    def site(self, number: int) -> Site:
        """The site of a number."""
        return next(site for site in self.sites if site.number == number)
