"""`ingestd run`: the daemon."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import typer

from ingestd.cli.session import Session, current_session, upgrade_database
from ingestd.config.logs import log_event
from ingestd.config.settings import Config
from ingestd.daemon.app import Daemon
from ingestd.model.errors import StoreBusyError
from ingestd.sources.rules import site_rules
from ingestd.store.database import Database


def command(context: typer.Context) -> None:
    """Run the daemon in the foreground until SIGTERM or Ctrl-C: systemd runs this.

    Every source is polled on its own schedule, which the database keeps; the schema is upgraded first (with a backup of
    the file where it holds data). The log goes to standard error: plain lines on a terminal, JSON lines elsewhere.
    SIGHUP reads the configuration again (on a terminal, where it means that the window was closed, it ends the daemon).
    """
    opened = current_session(context)
    signal.signal(signal.SIGHUP, signal.SIG_DFL if _on_terminal() else signal.SIG_IGN)
    config: Config | None = opened.config
    while config is not None:
        config = _run(config, None if _on_terminal() else lambda: _reread(opened))


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _reread(opened: Session) -> Config:
    config = opened.reload_config()
    site_rules(config)  # what it names is checked too
    return config


def _run(config: Config, reread: Callable[[], Config] | None) -> Config | None:
    """Run until a stop; the configuration with which to go on, where it is no stop for good."""
    with Database(config.database.url) as database:
        while True:
            try:
                upgrade_database(database)
                return asyncio.run(Daemon(config, database, stopping=_limit_the_stop, reread=reread).run())
            except StoreBusyError as error:
                log_event("store-failed", level=logging.ERROR, error=f"{error}; it is tried again")
                time.sleep(_PAUSE_S)


#: Seconds before a database is tried again that another program holds.
_PAUSE_S = 2.0
#: Seconds that a stop may take, whatever is in flight.
STOP_S = 4.0


def _limit_the_stop() -> None:
    """End the process when its stop takes too long: where another program holds the database's lock, for instance.

    Nothing is half-written then: what is written is written in transactions, and the inbox keeps what is not read yet.
    """
    timer = threading.Timer(STOP_S, _end_at_once)
    timer.daemon = True
    timer.start()


def _end_at_once() -> None:
    log_event("stopped-hard", level=logging.WARNING, error=f"the stop took longer than {STOP_S:g} s")
    os._exit(0)
