"""What ingestd could know of each article: when which version reached it, by which way, and whether that must count.

A delivery must count where the poll or visit that asked for it ended well. One that a kill, a stop or a full disk may
have undone may count.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from tests.world.internet import Exchange
from tests.world.machine import EndedPoll, Record
from tests.world.truth import Article, Site, Subscription, moment

#: Seconds before the end of a life in which what was asked for may not have been written.
MAX_UNWRITTEN_S = 900.0
_READ = frozenset({"ok", "not-modified", "unchanged"})
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One version of an article that reached the machine. `whole`: with its whole text. `sure`: it must count.

    `own`: its own site gave it, in its feed or on its page. `late`: a hub delivered what was true some time before.
    """

    at: float
    version: int
    by: str
    source: str
    whole: bool
    sure: bool
    own: bool
    link: str = ""
    late: bool = False


@dataclass
class Evidence:
    """The record of a run, arranged by what the invariants ask."""

    record: Record
    articles: dict[str, tuple[Site, Article]] = field(init=False)
    subscriptions: dict[int, Subscription] = field(init=False)
    _commented: set[str] = field(init=False)

    def __post_init__(self) -> None:
        world = self.record.world
        self.articles = {article.name: (site, article) for site in world.sites for article in site.articles}
        self._commented = {article.about for _, article in self.articles.values() if article.about}
        self.subscriptions = {item.site: item for item in world.subscriptions}

    @cached_property
    def deliveries(self) -> Mapping[str, list[Delivery]]:
        """Deliveries by article, in the order of time."""
        found: defaultdict[str, list[Delivery]] = defaultdict(list)
        for exchange in self.record.exchanges:
            answered = (exchange.status == 200 and exchange.read) or (exchange.status == 304 and exchange.true)
            if exchange.kind in ("feed", "push") and exchange.entries and answered:
                self._of_feed(exchange, found)
            elif exchange.kind == "page" and exchange.article and exchange.status == 200 and exchange.true:
                # The poll of a link blog or planet reads the page as well, and leaves the post of its article alone.
                own = self.subscriptions.get(self.articles[exchange.article][0].number)
                is_for_post = exchange.article not in self._commented and own is not None and own.article != "never"
                sure = self.is_quiet(exchange) and is_for_post and not exchange.age_s
                one = Delivery(exchange.at, exchange.version, "page", "", True, sure, True, exchange.url)
                found[exchange.article].append(one)
        return found

    def _of_feed(self, exchange: Exchange, found: dict[str, list[Delivery]]) -> None:
        subscription = self.subscriptions.get(exchange.site if exchange.site is not None else -1)
        if subscription is None:
            return
        site = self.record.world.site(subscription.site)
        # An old or untrue body is read like any other; one that is torn may give some of its entries.
        sure = self.outcome(exchange, subscription) in _READ and exchange.fault not in ("torn", "short")
        sure = sure and not exchange.age_s
        whole, late = site.feed.text == "whole", exchange.kind == "push" and exchange.age_s > 0
        for (name, version), link in zip(exchange.entries, exchange.links, strict=True):
            own = self.articles[name][0] is site
            one = Delivery(exchange.at, version, "feed", subscription.name, whole, sure, own, link, late)
            found[name].append(one)

    @cached_property
    def _ended(self) -> Mapping[tuple[str, int, bool], list[EndedPoll]]:
        """The polls that ended, by source, life, and whether they were pushes."""
        found: defaultdict[tuple[str, int, bool], list[EndedPoll]] = defaultdict(list)
        for poll in self.record.polls:
            found[poll.source, poll.life, poll.pushed].append(poll)
        return found

    def outcome(self, exchange: Exchange, item: Subscription) -> str | None:
        """How the poll ended that sent a request; None where it did not end."""
        for name in item.names:
            ended = self._ended.get((name, exchange.life, exchange.kind == "push"), [])
            index = bisect_left(ended, exchange.at, key=lambda poll: poll.at)
            if index < len(ended):
                return ended[index].outcome
        return None

    def has_ended_between(self, item: Subscription, start: float, stop: float) -> bool:
        """Whether a poll of a source, no push, has ended in a span."""
        return any(
            start <= poll.at <= stop and poll.source in item.names and not poll.pushed for poll in self.record.polls
        )

    def downtime(self, start: float, stop: float) -> float:
        """Seconds of a span in which no process ran."""
        # The last process may be stopped until the world ends.
        ends, starts = [life.end for life in self.record.lives], [life.start for life in self.record.lives[1:]]
        pauses = zip(ends, [*starts, self.record.world.end], strict=True)
        return sum(max(min(after, stop) - max(before, start), 0.0) for before, after in pauses)

    def listers(self, name: str) -> list[Site]:
        """The sites whose feeds listed an article."""
        names = {one.source for one in self.deliveries.get(name, ()) if one.by == "feed"}
        return [self.record.world.site(item.site) for item in self.subscriptions.values() if item.name in names]

    def read_at_first(self, name: str) -> set[str]:
        """The addresses of an article whose first request gave its page, without their query."""
        first: dict[str, Exchange] = {}
        for one in self.record.exchanges:
            if one.kind == "page" and one.article == name:
                first.setdefault(one.url.partition("?")[0], one)
        return {url for url, one in first.items() if one.status == 200 and one.true and one.read}

    def page_was_untrue(self, name: str) -> bool:
        """Whether something else stood in the place of an article's page when it was asked for: a notice, a wall."""
        asked = (one for one in self.record.exchanges if one.kind == "page" and one.article == name)
        return any(one.status == 200 and not one.true for one in asked)

    def commented_links(self, name: str) -> set[str]:
        """The addresses under which sources listed comments on an article: its page may become a post by that."""
        comments = (other for other, (_, article) in self.articles.items() if article.about == name)
        return {one.link for other in comments for one in self.deliveries.get(other, ()) if one.by == "feed"}

    def is_quiet(self, exchange: Exchange) -> bool:
        """Whether nothing befell the machine at the time of a request that could have undone its effect."""
        life = self.record.lives[exchange.life]
        if life.how != "end" and exchange.at > life.end - MAX_UNWRITTEN_S:
            return False
        return all(not start - MAX_UNWRITTEN_S < exchange.at < end for start, end in self.record.full_disks)

    def true_times(self, text: str) -> list[float]:
        """The true times at which the machine's clock showed this; several where it was set back."""
        shown = (datetime.fromisoformat(text) - moment(0.0)).total_seconds()
        ends = [at for at, _ in self.record.offsets[1:]] + [float("inf")]
        spans = zip(self.record.offsets, ends, strict=True)
        return [shown - offset for (at, offset), end in spans if at - 1 <= shown - offset <= end + 1]


def binding(seen: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries of an article whose words must be kept: those of its own site, once it gave any."""
    has_own = any(one.own for one in seen)
    return [one for one in seen if one.sure and (one.own or not has_own)]


def names_in(text: str) -> set[str]:
    """The names of articles that stand in a text."""
    return set(re.findall(r"X(?:ba|ko|li|mu|ne|po|ra|so|ti|vu){6}vaq", text))


def letters(text: str) -> str:
    """A text for comparison: its letters and digits."""
    return "".join(_WORD.findall(text.casefold()))
