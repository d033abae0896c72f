"""The help of commands as it is printed: plain text with headings.

Typer's own help needs Rich, whose import takes longer than everything else that `--help` does.
"""

import inspect
from typing import Any

from ingestd.cli.output import Style, styled

#: A larger upper bound of a number is the database's, and tells a user nothing.
_MAX_SHOWN_BOUND = 10**9
_COMMANDS = "Commands"


def prepare_help(command: Any) -> None:
    """Change the help of a command, its options and its subcommands; `command` is one of Typer's."""
    command.rich_markup_mode = None
    if command.help:
        command.help = plain_help(command.help)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = plain_help(parameter.help)
        if (getattr(parameter, "max", None) or 0) > _MAX_SHOWN_BOUND:
            parameter._get_number_range_help_str = lambda: None
    format_help = command.format_help
    command.format_help = lambda ctx, formatter: format_help(ctx, _with_bold_headings(formatter))
    subcommands = getattr(command, "commands", {})
    if subcommands:
        command.format_commands = lambda _, formatter: _write_commands(subcommands, formatter)
    for subcommand in subcommands.values():
        prepare_help(subcommand)


def plain_help(text: str) -> str:
    """A docstring without the ends of its lines inside a paragraph."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))
    return "\n\n".join(paragraphs)


def _write_commands(commands: dict[str, Any], formatter: Any) -> None:
    """The list of subcommands, with the first paragraph of their help, under the headings that they name."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for name, command in commands.items():
        heading = getattr(command, "rich_help_panel", None)
        rows = sections.setdefault(heading if isinstance(heading, str) else _COMMANDS, [])
        rows.append((name, (command.help or "").split("\n\n")[0]))
    # One width for the names of all sections.
    width = max(map(len, commands))
    for heading, rows in sections.items():
        with formatter.section(heading):
            formatter.write_dl([(name.ljust(width), text) for name, text in rows])


def _with_bold_headings(formatter: Any) -> Any:
    def write_heading(heading: str) -> None:
        formatter.write(f"{'':>{formatter.current_indent}}{styled(f'{heading}:', Style.BOLD)}\n")

    formatter.write_heading = write_heading
    return formatter
