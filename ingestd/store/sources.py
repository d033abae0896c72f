"""The tables `sources` and `source_urls`: the configured sources, and what is stored of each between two polls."""

import json
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, update

from ingestd.identity.urls import host_key
from ingestd.model.http import Redirect
from ingestd.model.sitemap import SitemapFile
from ingestd.model.source import Source, SourceRow, SourceState, WantedSource
from ingestd.store.codec import json_text, optional_moment
from ingestd.store.filtered_entries import MAX_RECENT_TIMES, recent_filtered
from ingestd.store.models import inbox, source_urls, sources
from ingestd.store.posts import recent_dates
from ingestd.store.prepared_statements import PreparedQuery, upsert
from ingestd.text.times import from_utc_text, utc_text

#: Sources of which everything is read at a time, where all are shown.
SOURCES_AT_ONCE = 1_000
#: What is compared with the configuration, and taken from the row: not all columns of 100,000 sources.
_ADOPTED = tuple(sources.c[name] for name in ("id", "name", "url", "config_url", "host", "enabled", "site_url"))


def sync(connection: Connection, configured: Sequence[Source], now: datetime) -> list[Source]:
    """Make `sources` follow the configuration (see `sync_rows`); the sources come back with what their rows say."""
    wanted = [WantedSource(source.name, source.url, source.enabled) for source in configured]
    rows = sync_rows(connection, wanted, now)
    return [replace(source, **row._asdict()) for source, row in zip(configured, rows, strict=True)]


def sync_rows(connection: Connection, wanted: Sequence[WantedSource], now: datetime) -> list[SourceRow]:
    """Make `sources` follow the configuration: the row of each of its sources, in its order.

    A source is known by its name, or by its address where it was renamed. One that is no longer configured is disabled
    and keeps everything. An address that the site moved stays moved until the configuration names another one.
    """
    if (unchanged := _rows_that_say(connection, wanted)) is not None:
        return unchanged
    rows = list(connection.execute(select(*_ADOPTED).order_by(sources.c.id)))
    matches = _match(wanted, rows)
    result = [_adopt(connection, source, row, now) for source, row in zip(wanted, matches, strict=True)]
    kept = {source.id for source in result}
    for row in rows:
        if row.id not in kept and row.enabled:
            connection.execute(update(sources).where(sources.c.id == row.id).values(enabled=0))
    return result


def _rows_that_say(connection: Connection, wanted: Sequence[WantedSource]) -> list[SourceRow] | None:
    """The rows of the sources; None where they, or those of others, have to be changed.

    So it is at most starts. The rows are read one by one, since those of 100,000 sources take some 50 MB.
    """
    places = {source.name: place for place, source in enumerate(wanted)}
    found: dict[int, SourceRow] = {}
    with connection.execute(select(*_ADOPTED).execution_options(yield_per=1_000)) as rows:
        for row in rows:
            place = places.get(row.name)
            if place is None and row.enabled:
                return None
            if place is not None:
                if not _is_adopted(wanted[place], row):
                    return None
                found[place] = SourceRow(row.id, row.url, row.site_url)
    return [found[place] for place in range(len(wanted))] if len(found) == len(wanted) else None


def stored_sources(connection: Connection, configured: Sequence[Source]) -> list[Source] | None:
    """Some configured sources with their row and their present address; None where `sync` has something to change."""
    query = select(*_ADOPTED).where(sources.c.name.in_([source.name for source in configured]))
    rows = {row.name: row for row in connection.execute(query)}
    if not all(source.name in rows and _is_adopted(source, rows[source.name]) for source in configured):
        return None
    return [_with_row(source, rows[source.name]) for source in configured]


def _is_adopted(source: Source | WantedSource, row: Row[Any]) -> bool:
    """Whether a row says what the configuration says, and was written by this version's rules."""
    same = row.enabled == int(source.enabled) and row.config_url == source.url
    return same and bool(row.host == host_key(row.url))


def _with_row(source: Source, row: Row[Any]) -> Source:
    return replace(source, id=row.id, url=row.url, site_url=row.site_url)


def _match(configured: Sequence[WantedSource], rows: Sequence[Row[Any]]) -> list[Row[Any] | None]:
    """The row of each configured source; no row is used twice."""
    by_name = {row.name: row for row in rows}
    wanted = {source.name for source in configured}
    renamed: dict[str, Row[Any]] = {}
    # The configured address takes precedence over the one that the site moved to, an enabled source over another.
    for known in sorted(rows, key=lambda row: row.enabled, reverse=True):
        renamed.setdefault(known.config_url, known)
    for known in rows:
        renamed.setdefault(known.url, known)
    taken: set[int] = set()
    result: list[Row[Any] | None] = []
    for source in configured:
        row = by_name.get(source.name)
        if row is None:
            row = renamed.get(source.url)
            row = None if row is not None and (row.name in wanted or row.id in taken) else row
        if row is not None:
            taken.add(row.id)
        result.append(row)
    return result


def _adopt(connection: Connection, source: WantedSource, row: Row[Any] | None, now: datetime) -> SourceRow:
    if row is None:
        values = {
            "name": source.name,
            "url": source.url,
            "config_url": source.url,
            "host": host_key(source.url) or None,
            "enabled": int(source.enabled),
            "added_at": utc_text(now),
        }
        new = connection.execute(insert(sources).values(values).returning(sources.c.id)).scalar_one()
        return SourceRow(new, source.url, None)
    changes: dict[str, Any] = {}
    if row.name != source.name:
        changes["name"] = source.name
    if row.enabled != int(source.enabled):
        changes["enabled"] = int(source.enabled)
    url = row.url
    if row.config_url != source.url and url == source.url:
        # The configuration names the address that a move has already set: the validators stay valid.
        changes["config_url"] = url
    elif row.config_url != source.url:
        _keep_address(connection, row.id, row.url, now, "changed in the configuration")
        url = source.url
        changes |= {"url": url, "config_url": url, "etag": None, "last_modified": None, "body_digest": None}
        changes |= {"sitemap_files": "[]"}
        changes |= {"paused": 0, "failures": 0, "failing_since": None, "next_poll_at": None, "redirects": "[]"}
    if row.host != (host := host_key(url) or None):
        changes["host"] = host
    if changes:
        connection.execute(update(sources).where(sources.c.id == row.id).values(changes))
    return SourceRow(row.id, url, row.site_url)


def _keep_address(connection: Connection, source_id: int, url: str, now: datetime, reason: str) -> None:
    statement = upsert(connection, source_urls).values(
        source_id=source_id, url=url, until_at=utc_text(now), reason=reason
    )
    connection.execute(statement.on_conflict_do_nothing())


def move(connection: Connection, source_id: int, url: str, now: datetime) -> None:
    """Set the address of a source to `url` and keep the former one in `source_urls`."""
    before = connection.execute(select(sources.c.url).where(sources.c.id == source_id)).scalar_one()
    _keep_address(connection, source_id, before, now, "moved by the site")
    connection.execute(
        update(sources).where(sources.c.id == source_id).values(url=url, host=host_key(url), redirects="[]")
    )


_SOURCE_STATE = PreparedQuery(
    select(
        sources,
        exists().where(inbox.c.source_id == sources.c.id, inbox.c.of_history == 0).label("waiting"),
    ).where(sources.c.id == bindparam("source_id"))
)


def state(connection: Connection, source: Source) -> SourceState:
    """What is stored of a source since its last poll."""
    (row,) = _SOURCE_STATE.run(connection, {"source_id": source.id})
    return SourceState(
        source=replace(source, url=row.url, site_url=row.site_url),
        etag=row.etag,
        last_modified=row.last_modified,
        body_digest=row.body_digest,
        sitemap_files=text_sitemap_files(row.sitemap_files),
        conditional_polls=row.conditional_polls,
        truncated_polls=row.truncated_polls,
        failures=row.failures,
        failing_since=optional_moment(row.failing_since),
        interval_s=row.interval_s,
        due_at=optional_moment(row.next_poll_at),
        last_outcome=row.last_outcome,
        paused=bool(row.paused),
        redirects=text_redirects(row.redirects),
        feed_ttl_s=row.feed_ttl_s,
        skip_hours=tuple(json.loads(row.skip_hours)),
        skip_days=tuple(json.loads(row.skip_days)),
        last_new_at=optional_moment(row.last_new_at),
        last_polled_at=optional_moment(row.last_polled_at),
        waiting=bool(row.waiting),
        recent=recent_times(connection, source),
        condition=row.condition,
        rules_digest=row.rules_digest,
        answered_by=row.answered_by,
        mirrors_compared_at=optional_moment(row.mirrors_compared_at),
        read_before=row.last_ok_at is not None,
        added_at=from_utc_text(row.added_at),
    )


def recent_times(connection: Connection, source: Source) -> tuple[datetime, ...]:
    """When what a source lately published was published, the newest first: what its rules leave out counts too."""
    times = recent_dates(connection, source.id)
    if source.keep or source.block:
        times = tuple(sorted((*times, *recent_filtered(connection, source.id)), reverse=True)[:MAX_RECENT_TIMES])
    return times


def resume(connection: Connection, name: str) -> bool:
    """Let a source be polled again that its site had withdrawn (410); whether it was paused so."""
    ours = sources.c.name == name, sources.c.paused == 1
    return bool(connection.execute(update(sources).where(*ours).values(paused=0, next_poll_at=None)).rowcount)


def ids_by_name(connection: Connection) -> Sequence[int]:
    """The row numbers of all sources, in the order of their names."""
    return connection.execute(select(sources.c.id).order_by(sources.c.name)).scalars().all()


def former_addresses(connection: Connection) -> dict[int, list[str]]:
    """The former addresses of sources, by source, the oldest first."""
    found: dict[int, list[str]] = {}
    for row in connection.execute(select(source_urls).order_by(source_urls.c.until_at)):
        found.setdefault(row.source_id, []).append(row.url)
    return found


def first_added_at(connection: Connection) -> datetime | None:
    """When the first source was configured; None without any."""
    return optional_moment(connection.execute(select(func.min(sources.c.added_at))).scalar_one())


def source_names(connection: Connection) -> dict[int, str]:
    """The name of every source, by its row."""
    return {row.id: row.name for row in connection.execute(select(sources.c.id, sources.c.name))}


#: Polls whose redirects are kept: as many as confirm a move, less the present one.
_KEPT_REDIRECT_POLLS = 2


def redirects_text(chains: Sequence[Sequence[Redirect]]) -> str:
    """The redirects of the latest good polls, as JSON."""
    kept = chains[-_KEPT_REDIRECT_POLLS:]
    return json_text([[[hop.status, hop.url, hop.location] for hop in chain] for chain in kept])


def text_redirects(text: str) -> tuple[tuple[Redirect, ...], ...]:
    """The redirects of `redirects_text`."""
    return tuple(tuple(Redirect(*hop) for hop in chain) for chain in json.loads(text)) if text != "[]" else ()


def sitemap_files_text(files: Sequence[SitemapFile]) -> str:
    """The files of a sitemap's index, as JSON."""
    return json_text([astuple(file) for file in files])


def text_sitemap_files(text: str) -> tuple[SitemapFile, ...]:
    """The files of `sitemap_files_text`."""
    return tuple(SitemapFile(*values) for values in json.loads(text)) if text != "[]" else ()
