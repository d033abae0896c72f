"""docs/commands.md is the help of every command; `python -m tests.docs.test_commands_page` writes it anew."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from ingestd.cli.main import COMMANDS

PAGE = Path(__file__).resolve().parents[2] / "docs/commands.md"

HEAD = """# Commands

`ingestd [--config FILE] COMMAND …`. The configuration is the file named by `--config`, else `$INGESTD_CONFIG`, else
`./config/ingestd.toml`, else `/etc/ingestd/ingestd.toml`; `$INGESTD_DATABASE_URL` overrides its `database.url`. Exit
status: 0 done; 1 some source or file failed, and which is printed; 2 wrong usage; 78 wrong configuration.
"""


def page() -> str:
    return HEAD + "".join(section(name) for name in COMMANDS)


def section(name: str) -> str:
    module: Any = importlib.import_module(f"ingestd.cli.{name}_")
    app = typer.Typer()
    if hasattr(module, "command"):
        app.command(name)(module.command)
        return f"\n## {name}\n\n{described(typer.main.get_command(app), f'ingestd {name}')}"
    group: Any = typer.main.get_command(module.app)
    lines = [f"\n## {name}\n\n{COMMANDS[name][0]}\n"]
    for word, command in group.commands.items():
        lines.append(f"\n### {name} {word}\n\n{described(command, f'ingestd {name} {word}')}")
    return "".join(lines)


def described(command: Any, usage: str) -> str:
    parameters = list(options(command))
    words = [usage, *(shown for shown, _ in parameters)]
    table = "".join(f"\n| `{shown}` | {help_text} |" for shown, help_text in parameters)
    head = f"\n\n| | |\n|---|---|{table}" if table else ""
    return f"`{' '.join(words)}`\n\n{' '.join((command.help or '').split())}{head}\n"


def options(command: Any) -> Iterator[tuple[str, str]]:
    for parameter in command.params:
        if parameter.name in ("help", "install_completion", "show_completion"):
            continue
        help_text = " ".join((getattr(parameter, "help", None) or "").split())
        if parameter.param_type_name == "argument":
            yield parameter.metavar or parameter.name.upper(), help_text
        else:
            value = "" if parameter.is_flag else f" {parameter.metavar or 'N'}"
            yield f"[{parameter.opts[0]}{value}]", help_text


def test_the_page_is_the_help_of_every_command():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_command_and_option_has_help():
    for name in COMMANDS:
        text = section(name)
        assert "| |\n" not in text.replace("| | |\n", ""), f"an option of {name} has no help"
        assert "\n\n\n\n" not in text, f"{name} has no help"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
