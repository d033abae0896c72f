"""The identity bench with the real database: the same world, through the store's own reads and writes.

python -m tests.bench.identity_sqlite [ARTICLES]
"""

import sys
import tempfile
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from ingestd.identity.decide import decide
from ingestd.identity.decisions import FreshEntry
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.page_identity import page_keys
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.http import Response
from ingestd.model.poll import WriteBatch
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll.build_post import build_post
from ingestd.store import sources, writes
from ingestd.store.database import Database
from ingestd.store.identities import known_posts
from ingestd.store.inbox import entry_text, text_entry
from ingestd.text.content_digest import content_digest
from tests.bench.identity import Result, build, count, report
from tests.bench.identity_habits import NOW, START, WALL, Listing


class Archive:
    """A database file, and which articles each of its posts really is."""

    def __init__(self, path: Path) -> None:
        self.database = Database(f"sqlite:///{path}")
        self.database.upgrade(now=NOW)
        self.sources: dict[str, Source] = {}
        self.truths: dict[int, set[int]] = defaultdict(set)
        self.polls = 0

    def source(self, named: Source) -> Source:
        if named.name not in self.sources:
            configured = [*self.sources.values(), Source(named.name, named.url)]
            synced = self.database.write(sources.sync, configured, NOW)
            self.sources = {source.name: source for source in synced}
        return self.sources[named.name]

    def poll(self, named: Source, document: list[Listing], texts: dict[int, str]) -> None:
        """One poll, as the pipeline does it: decide, let the fresh entries pass the inbox, write."""
        source = self.source(named)
        self.polls += 1
        now = NOW + timedelta(minutes=self.polls)
        items = {item.entry.digest: item for item in document}
        entries = [item.entry for item in document]
        told = key_entries(entries, source)
        known = self.database.read(known_posts, sorted(told.keys), source.id)
        decisions = decide(told, source, known)
        posts = tuple(self._post(fresh, items[fresh.entry.digest], source, texts, now) for fresh in decisions.fresh)
        changes = WriteBatch(
            source.id,
            now,
            posts=posts,
            sightings=tuple(seen.post_id for seen in decisions.seen),
            keys=tuple((key.kind, key.key, seen.post_id) for seen in decisions.seen for key in seen.new_keys),
        )
        written = self.database.write(writes.write, changes)
        stored = {new.item_digest: row for row, new in written.stored}
        for seen in decisions.seen:
            self.truths[seen.post_id].add(items[seen.entry.digest].truth)
        for new in posts:
            row = stored.get(new.item_digest)
            if row is None:  # its page was another article's: that one's keys lead to the post
                found = self.database.read(known_posts, [key for _, key in new.keys], source.id)
                row = next(iter(found.values())).post_id
            self.truths[row].add(items[str(new.item_digest)].truth)

    def _post(self, fresh: FreshEntry, item: Listing, source: Source, texts: dict[int, str], now: datetime) -> NewPost:
        entry = text_entry(entry_text(fresh.entry))
        response = Response(fresh.from_url, item.final_url or fresh.from_url, 200, (), b"", START)
        text = "Please accept our cookies. " * 9 if response.final_url.endswith(WALL) else texts[item.truth]
        article = Article(f"<p>{text}</p>", text, BodyOrigin.PAGE, canonical_url=item.canonical)
        post = build_post(entry, article, source, now=NOW, from_url=fresh.from_url)
        keys = (*fresh.keys, *page_keys(fresh.from_url, response, article))
        pairs = tuple((key.kind, key.key) for key in keys)
        return NewPost(post, pairs, now, content_digest(post.title, post.text), item_digest=entry.digest)


def run(articles: int, folder: Path, per_site: int = 100) -> Result:
    """The whole world, polled into a database in `folder`."""
    archive = Archive(folder / "identity.db")
    world = build(articles, per_site)
    with archive.database:
        for source, document, texts in world.polls():
            archive.poll(source, document, texts)
        posts = archive.database.read(
            lambda connection: connection.exec_driver_sql("SELECT count(*) FROM posts").scalar_one()
        )
    return count(world, list(archive.truths.values()), int(posts))


def main() -> int:
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = run(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, Path(folder))
    return report(result, time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
