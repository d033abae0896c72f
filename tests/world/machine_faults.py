"""What befalls a simulated machine beside its network: statements that fail, and another version of ingestd."""

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from ingestd.extract import article, version
from ingestd.extract.html.tree import remove_all, xpath_elements
from ingestd.extract.page.document import Document, open_document
from ingestd.model.http import Response

#: What a statement may fail with, in turns.
_ERRORS = (
    ("database is locked", sqlite3.SQLITE_BUSY, "SQLITE_BUSY"),
    ("database or disk is full", sqlite3.SQLITE_FULL, "SQLITE_FULL"),
    ("unable to open database file", sqlite3.SQLITE_CANTOPEN, "SQLITE_CANTOPEN"),
)
_WRITES = ("INSERT", "UPDATE", "DELETE", "RELEASE", "REPLACE")


class StatementFaults:
    """Lets one statement fail: the one that is `arm`ed. `failed` is called then."""

    def __init__(self, failed: Callable[[], None]) -> None:
        self._failed = failed
        self._left: int | None = None
        self._count = 0

    def arm(self, number: int) -> None:
        """Let the `number`-th statement from now on fail that writes."""
        self._left = number

    def listen(self, engine: Engine) -> None:
        """Watch the statements of a database."""
        event.listen(engine, "before_cursor_execute", self._before)

    def _before(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if self._left is None or not statement.lstrip().upper().startswith(_WRITES):
            return
        self._left -= 1
        if self._left > 0:
            return
        self._left = None
        words, code, name = _ERRORS[self._count % len(_ERRORS)]
        self._count += 1
        error = sqlite3.OperationalError(words)
        error.sqlite_errorcode = code
        error.sqlite_errorname = name
        self._failed()
        raise OperationalError(statement, None, error)


class InstalledVersion:
    """Which version of ingestd reads pages: each later one has other numbers, and every other one drops notes."""

    def __init__(self) -> None:
        self._first = version.FEED_CODE_VERSION, version.PAGE_CODE_VERSION
        self._number = 0

    def upgrade(self) -> None:
        """Install the next one."""
        self._set(self._number + 1)

    def close(self) -> None:
        """Install the real one."""
        self._set(0)

    def _set(self, number: int) -> None:
        self._number = number
        changed: Any = version
        changed.FEED_CODE_VERSION, changed.PAGE_CODE_VERSION = (first + number for first in self._first)
        version.page_version.cache_clear()
        replaced: Any = article
        replaced.open_document = _open_without_notes if number % 2 else open_document


def _open_without_notes(page: Response) -> Document:
    document = open_document(page)
    remove_all(document.root, xpath_elements(document.root, "descendant::p[@class='note']"))
    return document
