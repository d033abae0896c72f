"""The help of every command as records: documentation, man page and shell completion are made of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer

#: Options that Typer adds by itself.
_TYPERS_OWN = frozenset({"help", "install_completion", "show_completion"})


@dataclass(frozen=True, slots=True)
class ParameterHelp:
    """An argument (`names` is empty) or an option: all ways to write it, what stands for its value, its help.

    `value` is None for an option without one; `choices` are the values that are allowed, where they are few.
    """

    names: tuple[str, ...]
    value: str | None
    help: str
    choices: tuple[str, ...] = ()
    is_optional: bool = True

    @property
    def usage(self) -> str:
        """How it stands in a line of usage: `FILE`, `[--out PATH]`."""
        if not self.names:
            return self.value or ""
        words = self.names[0] if self.value is None else f"{self.names[0]} {self.value}"
        return f"[{words}]"


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """A command by its words behind the program's name, such as ("posts", "list"); of a group its subcommands too."""

    words: tuple[str, ...]
    help: str
    parameters: tuple[ParameterHelp, ...]
    subcommands: "tuple[CommandHelp, ...]" = ()

    @property
    def usage(self) -> str:
        """The whole line of usage."""
        return " ".join(["ingestd", *self.words, *(parameter.usage for parameter in self.parameters)])

    def walk(self) -> "Iterator[CommandHelp]":
        """Itself and all below it."""
        yield self
        for command in self.subcommands:
            yield from command.walk()


def program_help(app: typer.Typer) -> CommandHelp:
    """The help of the whole program."""
    return _described(typer.main.get_command(app), ())


def _described(command: Any, words: tuple[str, ...]) -> CommandHelp:
    subcommands = getattr(command, "commands", {})
    return CommandHelp(
        words,
        " ".join((command.help or "").split()),
        tuple(_parameter(one) for one in command.params if one.name not in _TYPERS_OWN),
        tuple(_described(below, (*words, name)) for name, below in subcommands.items()),
    )


def _parameter(parameter: Any) -> ParameterHelp:
    help_text = " ".join((getattr(parameter, "help", None) or "").split())
    choices = _choices(parameter)
    if parameter.param_type_name == "argument":
        shown = parameter.metavar or parameter.name.upper()
        return ParameterHelp((), shown, help_text, choices, not parameter.required)
    value = None if parameter.is_flag else parameter.metavar or "N"
    names = (*parameter.opts, *parameter.secondary_opts)
    return ParameterHelp(names, value, help_text, choices)


def _choices(parameter: Any) -> tuple[str, ...]:
    """The values of an enumeration."""
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(one.value) for one in kind)
    return tuple(map(str, getattr(getattr(parameter, "type", None), "choices", ())))
