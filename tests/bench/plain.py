"""The yardstick: a feed archiver put together plainly from feedparser, httpx and SQLAlchemy, as most people would.

`python -m tests.bench.plain --database PATH --urls FILE [--concurrency 32] [--pages]` polls every URL once, with
conditional GET, and stores what is new; with `--pages` trafilatura reads the article pages. No cleaning, no politeness.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import httpx
from sqlalchemy import ForeignKey, UniqueConstraint, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """The models of the yardstick."""


class FeedRow(Base):
    """A feed and its validators."""

    __tablename__ = "feeds"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(unique=True)
    etag: Mapped[str | None]
    modified: Mapped[str | None]
    polled_at: Mapped[datetime | None]


class EntryRow(Base):
    """An entry, known by its guid within its feed."""

    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("feed_id", "guid"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    guid: Mapped[str]
    link: Mapped[str]
    title: Mapped[str]
    author: Mapped[str]
    published: Mapped[str]
    content: Mapped[str]


async def poll(client: httpx.AsyncClient, session: Session, gate: asyncio.Semaphore, row: FeedRow, pages: bool) -> None:
    """Fetch one feed, and the pages of its entries where they are wanted, and store what is new."""
    headers = {"If-None-Match": row.etag or "", "If-Modified-Since": row.modified or ""}
    try:
        async with gate:
            response = await client.get(row.url, headers={name: value for name, value in headers.items() if value})
    except httpx.HTTPError:
        return
    row.polled_at = datetime.now(UTC)
    if response.status_code == httpx.codes.OK:
        row.etag, row.modified = response.headers.get("etag"), response.headers.get("last-modified")
        parsed = feedparser.parse(BytesIO(response.content), response_headers=dict(response.headers))
        fresh = [stored for entry in parsed.entries if (stored := store(session, row, entry))]
        if pages:
            from trafilatura import extract  # the start-up of a run without pages should not pay for it

            await asyncio.gather(*(read_page(client, gate, entry, extract) for entry in fresh))
    session.commit()


async def read_page(client: httpx.AsyncClient, gate: asyncio.Semaphore, entry: EntryRow, extract: Any) -> None:
    """Put the text of the article page in the place of what the feed said."""
    try:
        async with gate:
            response = await client.get(entry.link)
    except httpx.HTTPError:
        return
    entry.content = extract(response.content, output_format="html", include_images=True, include_links=True) or ""


def store(session: Session, row: FeedRow, entry: Any) -> EntryRow | None:
    """Add an entry unless the feed has it already; what was added."""
    guid = entry.get("id") or entry.link
    if session.scalar(select(EntryRow).where(EntryRow.feed_id == row.id, EntryRow.guid == guid)) is not None:
        return None
    stored = EntryRow(
        feed_id=row.id,
        guid=guid,
        link=entry.get("link", ""),
        title=entry.get("title", ""),
        author=entry.get("author", ""),
        published=entry.get("published", ""),
        content=entry.content[0].value if entry.get("content") else entry.get("summary", ""),
    )
    session.add(stored)
    return stored


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--urls", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--pages", action="store_true")
    args = parser.parse_args()
    engine = create_engine(f"sqlite:///{args.database}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        known = {row.url: row for row in session.scalars(select(FeedRow))}
        rows = [known.get(url) or FeedRow(url=url) for url in args.urls.read_text().split()]
        session.add_all(rows)
        session.commit()
        gate = asyncio.Semaphore(args.concurrency)
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            await asyncio.gather(*(poll(client, session, gate, row, args.pages) for row in rows))
    engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
