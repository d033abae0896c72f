"""`ingestd demo`: the daemon archives a sample site on loopback."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ingestd.cli.demo.run import run_demo


def command(
    directory: Annotated[Path, typer.Argument(help="Where the demonstration keeps its database and files.")] = Path(
        "ingestd-demo"
    ),
) -> None:
    """Archive a small sample site with the real daemon, and show what came of it.

    It needs neither a network nor a configuration.

    The site (three feeds and their article pages, Chinese and English) is served on this machine's own loopback.
    """
    raise typer.Exit(run_demo(directory, sys.stdout))
