"""The database for the rest of ingestd: functions of this package run in short transactions, blocking or not."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ingestd.model.errors import LeaseLostError, StoreDamagedError, StoreError
from ingestd.store import schema
from ingestd.store.engine import error_reason, open_engine, sqlite_path, store_error
from ingestd.store.file_faults import FileIdentity, file_identity, mark_damaged, marked_damage, refuse_marked
from ingestd.store.writer_thread import WriterThread

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """One database; use as a context manager.

    `read` and `write` run a function of this package in a transaction and block; `reading` and `writing` do the same in
    the database's own thread, so that the event loop does not block. All raise StoreError with a message of one line.
    """

    def __init__(self, url: str, *, executor: Executor | None = None, read_limit_s: float | None = None) -> None:
        """Open `sqlite:///PATH` or `postgresql+psycopg://…`; no connection is made yet.

        `executor` runs `reading` and `writing` in place of the database's own thread (see `WriterThread`). With
        `read_limit_s` a SQLite database is only read, and a read that takes longer raises StoreTimeoutError.
        """
        self.engine = open_engine(url, read_limit_s=read_limit_s)
        #: Which file it was when it was opened, as `identity` tells it; None where that was not there yet.
        self.opened_as = self.identity()
        self._thread = WriterThread(self.engine, executor)
        #: Why the last call of `writing` failed; None where it did not.
        self.write_error: str | None = None
        #: What was found to be damaged: nothing is written any more. None where nothing was.
        self.damage: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.close()
        self.engine.dispose()

    @property
    def path(self) -> Path | None:
        """The file, for SQLite."""
        return sqlite_path(self.engine)

    @property
    def name(self) -> str:
        """The name in messages: the file, or the URL without its password."""
        return str(self.path or self.engine.url.render_as_string(hide_password=True))

    def identity(self) -> FileIdentity | None:
        """Which file it is (device and inode), for SQLite; None where there is no file."""
        return file_identity(self.path) if self.path is not None else None

    def marked_damage(self) -> str | None:
        """What an earlier process found to be damaged, for SQLite; None where none did."""
        return marked_damage(self.path) if self.path is not None else None

    def keep_lost_log(self) -> None:
        """Take what a deleted write-ahead log holds into the file, which needs a connection that has it open."""
        with closing(self.engine.raw_connection()) as pooled:
            driver = pooled.driver_connection
            if isinstance(driver, sqlite3.Connection):
                with suppress(sqlite3.Error):
                    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def upgrade(self, *, now: datetime) -> tuple[str | None, str, Path | None]:
        """See `schema.upgrade_schema`. Raises StoreDamagedError where damage was found earlier, and is there still."""
        if self.path is not None:
            refuse_marked(self.path)
        return schema.upgrade_schema(self.engine, now=now)

    def is_empty(self) -> bool:
        """Whether there is no schema yet. Raises StoreError where it cannot be opened, or is another program's."""
        return schema.current(self.engine) is None

    def require(self) -> None:
        """Raise StoreError unless the database exists and has this version's schema; commands that only read use it."""
        if self.path is not None and not self.path.exists():
            raise StoreError(f"the database {self.name} does not exist yet: `ingestd fetch` or `ingestd run` makes it")
        revision = schema.current(self.engine)
        schema.refuse_newer(self.engine, revision)
        if revision != schema.head():
            at = f"is at schema {revision or 'none'}, not {schema.head()}"
            raise StoreError(f"the database {self.name} {at}: run `ingestd db upgrade`")

    def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function(connection, …)` in a transaction that only reads."""
        try:
            with self.engine.connect().execution_options(reads=True) as connection:
                return function(connection, *args, **kwargs)
        except SQLAlchemyError as error:
            raise self._failed("read", error) from error

    def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function(connection, …)` in a transaction that is committed when it returns."""
        self._refuse_damaged()
        try:
            with self.engine.begin() as connection:
                return function(connection, *args, **kwargs)
        except SQLAlchemyError as error:
            raise self._failed("written", error) from error

    async def reading(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read`, without blocking the event loop."""
        return await self._submit_read(lambda connection: function(connection, *args, **kwargs), first=False)

    async def reading_first(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`reading`, before all reads that wait."""
        return await self._submit_read(lambda connection: function(connection, *args, **kwargs), first=True)

    async def writing(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write`, without blocking the event loop; once begun it is finished even where the caller is cancelled.

        Writes that arrive while the thread is busy are committed together (see `writer_thread`).
        """
        return await self._submit_write(lambda connection: function(connection, *args, **kwargs), first=False)

    async def writing_first(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`writing`, before all writes that wait: those of hundreds of polls may take as long as a lease stands."""
        return await self._submit_write(lambda connection: function(connection, *args, **kwargs), first=True)

    async def _submit_read(self, call: Callable[[Connection], T], *, first: bool) -> T:
        try:
            found: T = await self._thread.submit(call, writes=False, first=first)
        except SQLAlchemyError as error:
            raise self._failed("read", error) from error
        return found

    async def _submit_write(self, call: Callable[[Connection], T], *, first: bool) -> T:
        try:
            self._refuse_damaged()
            submitted = self._thread.submit(call, writes=True, first=first)
            done: T = await asyncio.shield(submitted)
        except asyncio.CancelledError:
            submitted.add_done_callback(self._note_result)
            raise
        except (SQLAlchemyError, StoreError) as error:
            failed = self._note_failed_write(error)
            if failed is error:
                raise
            raise failed from error
        self.write_error = None
        return done

    def _note_result(self, submitted: "asyncio.Future[T]") -> None:
        """Note how a write ended whose caller waits no more; else asyncio logs a traceback of its error."""
        if not submitted.cancelled() and isinstance(error := submitted.exception(), SQLAlchemyError | StoreError):
            self._note_failed_write(error)

    def _note_failed_write(self, error: SQLAlchemyError | StoreError) -> StoreError:
        """Keep it for the daemon's status, but where a lease was lost: others write then. The error to raise."""
        failed = self._failed("written", error) if isinstance(error, SQLAlchemyError) else error
        if not isinstance(failed, LeaseLostError):
            self.write_error = str(failed)
        return failed

    def _refuse_damaged(self) -> None:
        if self.damage is not None:
            raise StoreDamagedError(self.damage)

    def _failed(self, what: str, error: SQLAlchemyError) -> StoreError:
        found = store_error(error, f"the database {self.name} cannot be {what}", self.path)
        if isinstance(found, StoreDamagedError) and self.path is not None:
            self.damage = str(found)
            mark_damaged(self.path, error_reason(error))
        return found
