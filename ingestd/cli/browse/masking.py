"""Keeps secrets out of Datasette's pages, JSON and CSV: passwords and keys in URLs, and those of hubs."""

import sqlite3
from collections.abc import Callable

from ingestd.identity.urls import redact_text

#: Columns that nobody needs to see.
_SECRETS = frozenset({("subscriptions", "token"), ("subscriptions", "secret")})
#: Columns whose URLs may have a password. SQL of one's own can take a value apart, so that no mask finds it.
_ADDRESSES = frozenset(
    {
        *(("sources", column) for column in ("url", "config_url", "redirects", "last_error")),
        *(("source_urls", "url"), ("subscriptions", "hub"), ("subscriptions", "topic"), ("subscriptions", "error")),
        *(("outbox", "payload"), ("notify_targets", "last_error")),
        *(("problems", "url"), ("problems", "reason"), ("polls", "error"), ("notices", "reason")),
    }
)
#: Longer texts are articles.
_MAX_MASKED_CHARS = 4000


def protect(connection: sqlite3.Connection, *, is_exposed: bool) -> None:
    """Mask secrets in whatever is read through a connection; `is_exposed`: addresses of sources are NULL."""
    hidden = _SECRETS | _ADDRESSES if is_exposed else _SECRETS
    connection.row_factory = _masked_row
    connection.set_authorizer(_authorizer(hidden))


def _authorizer(hidden: frozenset[tuple[str, str]]) -> Callable[..., int]:
    def authorize(action: int, table: str | None, column: str | None, *_: object) -> int:
        is_hidden = action == sqlite3.SQLITE_READ and (str(table).lower(), str(column).lower()) in hidden
        return sqlite3.SQLITE_IGNORE if is_hidden else sqlite3.SQLITE_OK

    return authorize


def _masked_row(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> sqlite3.Row:
    if any(type(value) is str and "://" in value for value in row):
        row = tuple(_masked(value) if type(value) is str else value for value in row)
    return sqlite3.Row(cursor, row)


def _masked(text: str) -> str:
    return redact_text(text) if len(text) <= _MAX_MASKED_CHARS else text
