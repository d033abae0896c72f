"""`ingestd run`: the daemon in the foreground."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import typer

from ingestd.cli.output import print_error
from ingestd.cli.session import Session, current_session, upgrade_database
from ingestd.config.logs import configure_logging, log_event
from ingestd.config.settings import Config
from ingestd.daemon.app import Daemon, Restart
from ingestd.daemon.metrics import require_library
from ingestd.daemon.systemd import Notifier
from ingestd.model.errors import StoreBusyError, StoreDamagedError, StoreError
from ingestd.sources.configured import ConfiguredSources, require_sources
from ingestd.sources.notify_secrets import notify_secrets
from ingestd.sources.rules import site_rules
from ingestd.store.database import Database

#: Seconds before another attempt where another program has locked the database.
_PAUSE_S = 2.0
#: Seconds that a stop may take, with requests and writes in flight.
STOP_TIMEOUT_S = 4.0
#: The exit status with which the daemon ends where the database is damaged, and that of a wrong configuration.
EXIT_NEEDS_MENDING = 78


def command(context: typer.Context) -> None:
    """Run the daemon in the foreground until SIGTERM or Ctrl-C: systemd runs this.

    Every source is polled on its own schedule, which the database keeps; the schema is upgraded first (with a backup of
    the file where it holds data). The log goes to standard error: plain lines on a terminal, JSON lines elsewhere.
    SIGHUP reads the configuration again (on a terminal, where it means that the window was closed, it ends the daemon);
    one that is wrong, names no source or another database is refused.
    """
    opened = current_session(context)
    require_sources(opened.config)
    _require_usable(opened.config)
    signal.signal(signal.SIGHUP, signal.SIG_DFL if _is_on_terminal() else signal.SIG_IGN)
    restart: Restart | None = Restart(opened.config)
    try:
        while restart is not None:
            restart = _run(restart, None if _is_on_terminal() else lambda: _reload_config(opened))
    except StoreDamagedError as error:
        # As after a wrong configuration, systemd does not start the daemon again: damage does not mend itself.
        raise typer.Exit(print_error(str(error), EXIT_NEEDS_MENDING)) from error


def _is_on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _reload_config(opened: Session) -> Config:
    config = opened.reload_config()
    _require_usable(config)
    return config


def _require_usable(config: Config) -> None:
    """Raise ConfigError where a file or a library that the configuration needs cannot be used."""
    site_rules(config)
    ConfiguredSources(config)
    notify_secrets(config)
    require_library(config)


def _run(restart: Restart, load_config: Callable[[], Config] | None) -> Restart | None:
    """Run the daemon until it stops; what it is to be started again with, where it stopped for that."""
    config = restart.config
    configure_logging(level=config.logs.level, style=config.logs.format)
    with Database(config.database.url) as database:
        while True:
            try:
                upgrade_database(database)
                daemon = Daemon(config, database, on_stop=_limit_stop_time, load_config=load_config, lost=restart.lost)
                return asyncio.run(daemon.run())
            except StoreError as error:
                Notifier.from_environment().status(str(error))
                if not isinstance(error, StoreBusyError):
                    raise
                log_event("store-failed", level=logging.ERROR, error=f"{error}; it is tried again")
                time.sleep(_PAUSE_S)


def _limit_stop_time() -> None:
    """End the process after `STOP_TIMEOUT_S` where its stop takes longer, such as on a locked database.

    That loses nothing: the database is written in transactions, and what is not processed stays in its inbox.
    """
    timer = threading.Timer(STOP_TIMEOUT_S, _end_process)
    timer.daemon = True
    timer.start()


def _end_process() -> None:
    log_event("stopped-hard", level=logging.WARNING, error=f"the stop took longer than {STOP_TIMEOUT_S:g} s")
    os._exit(0)
