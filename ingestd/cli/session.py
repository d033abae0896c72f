"""What one run of the command line works on: the configuration, the database and the time.

Importing this module must stay fast, for `--help` and wrong usage: slow imports happen where they are used.
"""

import contextlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ingestd.config.logs import configure_logging, log_event
from ingestd.text.times import utc_now

if TYPE_CHECKING:
    from ingestd.config.settings import Config
    from ingestd.store.database import Database


@dataclass
class Session:
    """The configuration and the database of one run, each opened when it is first asked for.

    `config_option` is the path that `--config` gave, `quiet` whether only errors are logged; `empty_config_allowed` is
    for a command that fills the file.
    """

    config_option: str | None = None
    quiet: bool = False
    empty_config_allowed: bool = False

    @cached_property
    def config(self) -> "Config":
        """The configuration; reading it configures the log too. Raises ConfigError."""
        return self._load(None)

    @cached_property
    def settings(self) -> "Config":
        """The configuration for what asks for no source: thousands of them are not read. Raises ConfigError."""
        return self.config if "config" in self.__dict__ else self._load(())

    def config_of(self, names: Collection[str]) -> "Config":
        """The configuration with the sources of these names, and perhaps no others. Raises ConfigError."""
        config = self._load(names)
        self.__dict__.setdefault("settings", config)
        return config

    def _load(self, needed: Collection[str] | None) -> "Config":
        load = import_module("ingestd.config.load")
        path = load.find_config(Path(self.config_option) if self.config_option else None, os.environ)
        config: Config = load.load_config(path, may_be_empty=self.empty_config_allowed, needed=needed)
        configure_logging(level="error" if self.quiet else config.logs.level, style=config.logs.format)
        return config

    def reload_config(self) -> "Config":
        """The same configuration file, read again; `config` and the log stay as they are. Raises ConfigError."""
        load = import_module("ingestd.config.load")
        fresh: Config = load.load_config(load.find_config(self.config.path, os.environ))
        return fresh

    def open_database(self) -> "Database":
        """The database of the configuration; neither its existence nor its schema is checked."""
        database: Database = import_module("ingestd.store.database").Database(self.settings.database.url)
        return database

    def open_existing_database(self) -> "Database":
        """The database for a command that only reads. Raises StoreError for none, or an old schema."""
        with contextlib.ExitStack() as opened:
            database = opened.enter_context(self.open_database())
            database.require()
            opened.pop_all()
        return database


def current_session(context: typer.Context) -> Session:
    """The session of this run, which the root command made."""
    found = context.find_object(Session)
    assert found is not None
    return found


#: Steps in which a command that writes helps to fill the search index of an older database: some two seconds.
MAX_INDEXING_STEPS = 20
#: The same for fingerprints.
MAX_COMPARING_STEPS = 20


def upgrade_database(database: "Database") -> None:
    """Upgrade the schema and log an event where there was something to do. Raises StoreError.

    A small database has its search index and its fingerprints filled at once, a large one in the background, and by
    further commands.
    """
    before, after, backup = database.upgrade(now=utc_now())
    if before != after:
        event = "upgraded" if before else "created"
        log_event(event, database=database.name, before=before, after=after, backup=backup and str(backup))
    database.read(import_module("ingestd.store.notices").refuse_incomplete)
    _fill_search_index(database)
    _fill_fingerprints(database)


def _fill_search_index(database: "Database") -> None:
    search = import_module("ingestd.store.search")
    if database.read(search.index_name) != search.FILLING_NAME:
        return
    steps = (database.write(search.fill_index, search.STEP_POSTS) for _ in range(MAX_INDEXING_STEPS))
    left = next((left for left in steps if left == 0), None)
    if left is None:
        log_event("indexing", database=database.name, posts=database.read(search.backlog))


def _fill_fingerprints(database: "Database") -> None:
    fingerprints = import_module("ingestd.store.fingerprints")
    steps = 0
    while steps < MAX_COMPARING_STEPS and database.read(fingerprints.has_backlog):
        database.write(fingerprints.fill_fingerprints, fingerprints.STEP_POSTS)
        steps += 1
    if steps == MAX_COMPARING_STEPS and (left := database.read(fingerprints.backlog)):
        log_event("comparing", database=database.name, posts=left)
