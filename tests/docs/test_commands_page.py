"""docs/commands.md and the manual page are the help of every command.

`python -m tests.docs.test_commands_page` writes both anew.
"""

from pathlib import Path

import pytest

from ingestd import __version__
from ingestd.cli.command_help import CommandHelp, program_help
from ingestd.cli.main import COMMANDS, whole_app
from ingestd.cli.man_page import man_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, MANUAL = DOCS / "commands.md", DOCS / "ingestd.1"

HEAD = """# Commands

`ingestd [--config FILE] COMMAND …`. The configuration is the file named by `--config`, else `$INGESTD_CONFIG`, else
`./config/ingestd.toml`, else `/etc/ingestd/ingestd.toml`; `$INGESTD_DATABASE_URL` overrides its `database.url`. Exit
status: 0 done; 1 some source or file failed, and which is printed; 2 wrong usage; 78 wrong configuration.

Options of every command, before or behind it:

"""


@pytest.fixture(scope="module")
def program() -> CommandHelp:
    return program_help(whole_app())


def page(program: CommandHelp) -> str:
    by_name = {command.words[0]: command for command in program.subcommands}
    return HEAD + table(program) + "".join(section(by_name[name]) for name in COMMANDS)


def section(command: CommandHelp) -> str:
    title = " ".join(command.words)
    if not command.subcommands:
        return f"\n## {title}\n\n{described(command)}"
    parts = [f"\n## {title}\n\n{COMMANDS[title][0]}\n"]
    parts += [f"\n### {' '.join(below.words)}\n\n{described(below)}" for below in command.subcommands]
    return "".join(parts)


def described(command: CommandHelp) -> str:
    rows = table(command)
    return f"`{command.usage}`\n\n{command.help}\n" + (f"\n{rows}" if rows else "")


def table(command: CommandHelp) -> str:
    rows = "".join(f"| `{one.usage}` | {one.help} |\n" for one in command.parameters)
    return f"| | |\n|---|---|\n{rows}" if rows else ""


def write_pages() -> None:
    program = program_help(whole_app())
    PAGE.write_text(page(program), encoding="utf-8")
    MANUAL.write_text(man_page(program, __version__), encoding="utf-8")


def test_the_page_is_the_help_of_every_command(program: CommandHelp):
    assert PAGE.read_text(encoding="utf-8") == page(program)


def test_the_manual_is_the_help_of_every_command(program: CommandHelp):
    assert MANUAL.read_text(encoding="utf-8") == man_page(program, __version__)


def test_every_command_and_option_has_help(program: CommandHelp):
    for command in program.walk():
        assert command.help, command.words
        assert all(one.help for one in command.parameters), command.words


if __name__ == "__main__":
    write_pages()
