"""`ingestd completion`: scripts that complete commands and options in a shell."""

from enum import StrEnum
from typing import Annotated

import typer

from ingestd.cli.command_help import program_help
from ingestd.cli.completion_scripts import bash_script, fish_script, zsh_script
from ingestd.cli.main import whole_app


class Shell(StrEnum):
    """The shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


_SCRIPTS = {Shell.BASH: bash_script, Shell.ZSH: zsh_script, Shell.FISH: fish_script}


def command(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]) -> None:
    """Print a script that completes commands and options in a shell.

    For bash write it to ~/.local/share/bash-completion/completions/ingestd, for fish to
    ~/.config/fish/completions/ingestd.fish, for zsh to a file that ~/.zshrc sources behind `compinit`.
    """
    typer.echo(_SCRIPTS[shell](program_help(whole_app())), nl=False)
