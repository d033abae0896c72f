"""`ingestd man`: the manual page."""

import typer

from ingestd import __version__
from ingestd.cli.command_help import program_help
from ingestd.cli.main import whole_app
from ingestd.cli.man_page import man_page


def command() -> None:
    """Print the manual page: `ingestd man | man -l -` shows it, where an installation has put none into share/man."""
    typer.echo(man_page(program_help(whole_app()), __version__), nl=False)
