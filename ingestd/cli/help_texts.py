"""The help of commands as it is printed: what Typer would take for markup, or add for programmers, is taken away."""

import inspect
import re
from typing import Any

#: What Rich reads as a tag, such as `[bold]`, with the backslashes before it (rich.markup).
_TAG = re.compile(r"(\\*)(\[[a-zA-Z#/@][^\[]*?\])")
#: A larger upper bound of a number is the database's, and tells a user nothing.
_MAX_SHOWN_BOUND = 10**9


def prepare_help(command: Any) -> None:
    """Change the help of a command, its options and its subcommands; `command` is one of Typer's."""
    if command.help:
        command.help = plain_help(command.help)
    help_option = command.get_help_option
    command.get_help_option = lambda ctx: _without_type(help_option(ctx))
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = plain_help(parameter.help)
        if getattr(parameter, "is_flag", False):
            _without_type(parameter)
        if (getattr(parameter, "max", None) or 0) > _MAX_SHOWN_BOUND:
            parameter._get_number_range_help_str = lambda: None
    for subcommand in getattr(command, "commands", {}).values():
        prepare_help(subcommand)


def _without_type(option: Any) -> Any:
    """An option without a value has no type to show."""
    if option is not None:
        option.display_type_rich = lambda ctx: None  # noqa: ARG005 - Typer's own name
    return option


def plain_help(text: str) -> str:
    """A docstring without the ends of its lines inside a paragraph, its brackets protected from Rich."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))
    return _TAG.sub(lambda match: f"{match[1]}{match[1]}\\{match[2]}", "\n\n".join(paragraphs))
