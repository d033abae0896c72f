"""`ingestd run`: the daemon."""

import asyncio
import logging
import os
import threading

import typer

from ingestd.cli.common import session, upgrade
from ingestd.daemon import Daemon
from ingestd.logs import event


def command(context: typer.Context) -> None:
    """Run the daemon in the foreground until SIGTERM or Ctrl-C: systemd runs this.

    Every source is polled on its own schedule, which the database keeps; the schema is upgraded first (with a backup of
    the file where it holds data). The log goes to standard error: plain lines on a terminal, JSON lines elsewhere.
    """
    config = session(context).config
    with session(context).database() as database:
        upgrade(database)
        asyncio.run(Daemon(config, database, stopping=_limit_the_stop).run())


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
    event("stopped-hard", level=logging.WARNING, error=f"the stop took longer than {STOP_S:g} s")
    os._exit(0)
