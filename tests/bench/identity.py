"""Exactly once, at scale: synthetic feeds with the habits of real ones, through the decision functions of the daemon.

    python -m tests.bench.identity [ARTICLES]

Each site has one habit (a guid that is always the same, headlines in the URLs, tracking parameters, …) and lists every
article five times. Since the maker knows which article each entry really is, duplicates and losses can be counted.
"""

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingestd.identity.decide import decide
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.keys import SHARED, Key, entry_keys
from ingestd.identity.moved import is_moved
from ingestd.identity.page_identity import page_keys, same_article
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.http import Response
from ingestd.model.post import KnownPost, Post
from ingestd.model.source import Source
from ingestd.poll.build_post import build_post
from tests.bench.identity_habits import HABITS, NOW, START, WALL, Listing, documents, make


@dataclass
class Store:
    """What the database holds, as far as identity goes."""

    posts: list[KnownPost] = field(default_factory=list)
    truths: list[set[int]] = field(default_factory=list)
    keys: dict[str, tuple[Key, int]] = field(default_factory=dict)
    guids: dict[tuple[int, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    dated: dict[tuple[int | None, str, int | None], list[int]] = field(default_factory=lambda: defaultdict(list))
    listed_in: dict[tuple[int, int], int] = field(default_factory=dict)
    polls: int = 0

    def known(self, keys: frozenset[str], source_id: int) -> dict[str, KnownPost]:
        rows = [self.keys[key] for key in keys if key in self.keys]
        return {
            key.key: replace(self.posts[post_id], guids=tuple(self.guids[source_id, post_id]), kind=key.kind)
            for key, post_id in rows
        }

    def add(self, post: Post) -> int:
        files = tuple(file.url for file in post.enclosures)
        number, text = len(self.posts), post.text[:2000]
        self.posts.append(
            KnownPost(number, post.source_id, post.from_url, post.title, post.published_ms, text, enclosures=files)
        )
        self.truths.append(set())
        self.dated[post.source_id, post.title, post.published_ms].append(number)
        return number

    def moved(self, post: Post, source_id: int) -> KnownPost | None:
        """The post that `post` is under another address: of those that this poll has not listed."""
        numbers = self.dated[post.source_id, post.title, post.published_ms]
        gone = (self.posts[number] for number in numbers if self.listed_in.get((number, source_id)) != self.polls)
        return next((known for known in gone if is_moved(post, known, same_entry=False)), None)

    def learn(self, keys: tuple[Key, ...], post_id: int, source_id: int) -> None:
        for key in keys:
            if key.kind == SHARED and key.key in self.keys:
                self.keys[key.key] = key, self.keys[key.key][1]
            elif self.keys.setdefault(key.key, (key, post_id))[1] == post_id and key.kind == "guid":
                self.guids[source_id, post_id].append(key.key)


@dataclass(frozen=True)
class Result:
    """What came out: both `duplicates` and `losses` must be 0; `by_habit` says whose they are."""

    articles: int
    sightings: int
    posts: int
    duplicates: int
    losses: int
    by_habit: dict[str, tuple[int, int]]


def poll(store: Store, source: Source, document: list[Listing], texts: dict[int, str]) -> None:
    """One poll: decide, look at the pages of what is fresh, record."""
    entries = [item.entry for item in document]
    by_digest = {item.entry.digest: item for item in document}
    told = key_entries(entries, source)
    decisions = decide(told, source, store.known(told.keys, source.id))
    store.polls += 1
    for seen in decisions.seen:
        store.listed_in[seen.post_id, source.id] = store.polls
        store.learn(seen.new_keys, seen.post_id, source.id)
        store.truths[seen.post_id].add(by_digest[seen.entry.digest].truth)
    for fresh, item in ((fresh, by_digest[fresh.entry.digest]) for fresh in decisions.fresh):
        response = Response(fresh.from_url, item.final_url or fresh.from_url, 200, (), b"", START)
        text = "Please accept our cookies. " * 9 if response.final_url.endswith(WALL) else texts[item.truth]
        article = Article(f"<p>{text}</p>", text, BodyOrigin.PAGE, canonical_url=item.canonical)
        post = build_post(fresh.entry, article, source, now=NOW, from_url=fresh.from_url)
        claimed = page_keys(fresh.from_url, response, article)
        known = store.known(frozenset(key.key for key in claimed), source.id)
        led = (known[key.key] for key in claimed if key.key in known and same_article(post, known[key.key], key.kind))
        owner = next(led, None) or store.moved(post, source.id)
        post_id = owner.post_id if owner is not None else store.add(post)
        # The daemon reads the entry from its inbox later, and the keys from the entry: they must be this article's.
        again = entry_keys(fresh.entry, source.id)
        assert {key for key in again if key.kind != "number"} <= set(fresh.keys), (again, fresh)
        store.learn((*fresh.keys, *claimed), post_id, source.id)
        store.truths[post_id].add(item.truth)
        store.listed_in[post_id, source.id] = store.polls


@dataclass
class World:
    """All sites. Counting goes by `habit_of`, which knows every article that a document has shown."""

    articles: int
    per_site: int
    rnd: random.Random
    sightings: int = 0
    habit_of: dict[int, str] = field(default_factory=dict)

    def polls(self) -> Iterator[tuple[Source, list[Listing], dict[int, str]]]:
        """Every document of every site in turn, with its source and the texts of the articles behind it."""
        for site in range(-(-self.articles // self.per_site)):
            habit = HABITS[site % len(HABITS)]
            first, last = site * self.per_site, min((site + 1) * self.per_site, self.articles)
            made = [make(number, site, number - first, self.rnd) for number in range(first, last)]
            texts = {article.number: article.text for article in made}
            self.habit_of.update(dict.fromkeys(texts, habit.__name__))
            for feed, document in documents(habit, site, made, self.rnd):
                self.sightings += len(document)
                source = Source(f"source {feed}", f"https://feeds.site{site}.com/{feed}.xml", id=feed + 1)
                # A digest names an entry within its document, so that decisions can be traced back.
                named = [replace(item, entry=replace(item.entry, digest=str(n))) for n, item in enumerate(document)]
                yield source, named, texts


def build(articles: int, per_site: int = 100, seed: int = 5) -> World:
    """A world; the same seed makes the same one."""
    return World(articles, per_site, random.Random(seed))


def run(articles: int, per_site: int = 100) -> Result:
    """Build and poll everything, with the store in memory."""
    store, world = Store(), build(articles, per_site)
    for source, document, texts in world.polls():
        poll(store, source, document, texts)
    return count(world, store.truths, len(store.posts))


def count(world: World, posts: list[set[int]], rows: int) -> Result:
    """What went wrong, given the articles that each post really is."""
    homes: dict[int, int] = Counter(truth for truths in posts for truth in truths)
    duplicates = {truth: homes[truth] - 1 for truth in world.habit_of if homes[truth] > 1}
    lost = Counter(truth for truths in posts if len(truths) > 1 for truth in sorted(truths)[1:])
    lost.update(truth for truth in world.habit_of if truth not in homes)
    by_habit = {
        name: (
            sum(count for truth, count in duplicates.items() if world.habit_of[truth] == name),
            sum(count for truth, count in lost.items() if world.habit_of[truth] == name),
        )
        for name in dict.fromkeys(world.habit_of.values())
    }
    return Result(len(world.habit_of), world.sightings, rows, sum(duplicates.values()), lost.total(), by_habit)


def report(result: Result, seconds: float) -> int:
    """Print what came out; the exit status is 0 where nothing came twice and nothing was lost."""
    print(f"{'habit of the feed':<24}{'duplicates':>12}{'losses':>10}")
    for name, (duplicates, losses) in result.by_habit.items():
        print(f"{name.replace('_', ' '):<24}{duplicates:>12}{losses:>10}")
    print(f"{result.articles} articles, {result.sightings} sightings, {result.posts} posts in {seconds:.1f} s")
    print(f"duplicates {result.duplicates}, losses {result.losses}")
    return 1 if result.duplicates or result.losses else 0


def main() -> int:
    begun = time.perf_counter()
    result = run(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    return report(result, time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
