"""Dispatches the command line. Only the module of the requested command is imported, so that help is fast."""

import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from ingestd import __version__
from ingestd.cli.help_texts import prepare_help
from ingestd.cli.output import be_quiet, discard_output, print_error, repair_standard_streams
from ingestd.cli.session import Session
from ingestd.cli.times import show_utc
from ingestd.model.errors import ConfigError, IngestdError, UsageError

#: Every command `NAME`, whose module is `ingestd.cli.NAME_`: (help text, panel of the help).
COMMANDS = {
    "run": ("Run the daemon in the foreground: poll every source on its schedule.", "Collect"),
    "fetch": ("Poll sources now and wait; works beside a running daemon.", "Collect"),
    "backfill": ("Read the history of sources: what their sites list beyond the feed.", "Collect"),
    "save": ('Store single pages as posts of the source "saved".', "Collect"),
    "visit": ("Read the pages of stored posts now: edits, and pages that are gone or have moved.", "Collect"),
    "sources": ("Add, list, check, pause, rename and remove sources; import and export lists of them.", "Collect"),
    "status": ("Show how every source does, and what to do about those that fail.", "Collect"),
    "posts": ("List, show, search, explain and compare stored posts.", "Read"),
    "browse": ("Look at the archive in the browser: search, articles, edits, sources, tables.", "Read"),
    "export": ("Write posts as Jekyll files, JSON Lines, CSV, Atom, JSON Feed or SQLite.", "Read"),
    "import": ("Take in archives of Jekyll posts, or lists of known URLs.", "Collect"),
    "article": ("Show what would be stored of one page, and why; try a site rule.", "Look closer"),
    "extract": ("Run the present extraction rules over kept pages again, without the network.", "Look closer"),
    "media": ("List stored images; fetch those that are missing.", "Look closer"),
    "pages": ("Export the kept article pages as WARC.", "Look closer"),
    "db": ("Upgrade, check, back up, restore and measure the database.", "Maintain"),
    "service": ("Install ingestd as a service of systemd, or remove it.", "Maintain"),
    "notify": ("Show whom events are told to, and try a target.", "Maintain"),
    "config": ("Write and check the configuration.", "Maintain"),
    "demo": ("See it all at work on a small site of its own, without any network.", "Collect"),
    "completion": ("Print a script that completes commands in bash, zsh or fish.", "Maintain"),
    "man": ("Print the manual page.", "Maintain"),
}

_GENERAL_HELP = "Every command has --config FILE, --utc and --quiet too: see ingestd --help."
#: Options without a value that every command has, beside `--config FILE`.
GENERAL_FLAGS = frozenset({"--utc", "--quiet", "-q"})

EXIT_FAILED, EXIT_USAGE, EXIT_CONFIG, EXIT_INTERRUPTED = 1, 2, 78, 130


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line; its exit status: 0 done, 1 something failed, 2 wrong usage, 78 wrong configuration."""
    arguments = general_options_first([utf8_argument(word) for word in arguments])
    repair_standard_streams()
    try:
        status = _exit_status(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output ended (`| head`).
        discard_output(sys.stdout)
        return EXIT_FAILED
    except OSError as error:
        discard_output(sys.stdout)
        subject = str(error.filename) if error.filename else "the output cannot be written"
        return print_error(f"{subject}: {error.strerror or error}", EXIT_FAILED)
    return status


def _exit_status(arguments: Sequence[str]) -> int:
    try:
        command = typer.main.get_command(_app(arguments))
        prepare_help(command)
        _end_of_imports()
        status = command(args=list(arguments), prog_name="ingestd", standalone_mode=True)
    except SystemExit as ending:
        return _status_of(ending.code)
    except ConfigError as error:
        return print_error(str(error), EXIT_CONFIG)
    except UsageError as error:
        return print_error(str(error), EXIT_USAGE)
    except IngestdError as error:
        return print_error(str(error), EXIT_FAILED)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return _status_of(status)


def _end_of_imports() -> None:
    """Turn the garbage collector on, where `__main__` has turned it off, for all but what has been imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def general_options_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the options of every command moved to the front: users may write them behind the command."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*front, *rest, word, *words]
        is_general = word in GENERAL_FLAGS or word.startswith("--config=") or word == "--config"
        (front if is_general else rest).append(word)
        if word == "--config":
            front += [value for value in [next(words, None)] if value is not None]
    return [*front, *rest]


def utf8_argument(text: str) -> str:
    """An argument decoded as UTF-8, where the locale's charset (such as C) made surrogate escapes of its bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text).decode("utf-8", "surrogateescape")
    return text


def _status_of(code: object) -> int:
    return code if isinstance(code, int) else 0 if code is None else EXIT_FAILED


def _app(arguments: Sequence[str]) -> typer.Typer:
    app = typer.Typer(
        name="ingestd",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Keep news and blogs for good: feeds in, one clean post per article, in SQLite.",
        epilog="Start with `ingestd demo`; then write config/ingestd.toml, and `ingestd fetch`.",
    )
    app.callback()(_options)
    for name, (help_text, panel) in COMMANDS.items():
        if name in arguments:
            _add_command(app, importlib.import_module(f"ingestd.cli.{name}_"), name, help_text, panel)
        else:
            app.command(name, help=help_text, rich_help_panel=panel)(_unavailable)
    return app


def whole_app() -> typer.Typer:
    """The program with every command; importing all of them takes a second."""
    return _app(list(COMMANDS))


def _add_command(app: typer.Typer, module: Any, name: str, help_text: str, panel: str) -> None:
    command: Callable[..., Any] | None = getattr(module, "command", None)
    if command is not None:
        app.command(name, rich_help_panel=panel, epilog=_GENERAL_HELP)(command)
    else:
        for one in module.app.registered_commands:
            one.epilog = _GENERAL_HELP
        app.add_typer(module.app, name=name, help=help_text, rich_help_panel=panel, no_args_is_help=True)


def _unavailable() -> None:
    """Placeholder of a command whose module is not imported: it is listed in the help and never run."""
    raise UsageError("no such command")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ingestd {__version__}")
        raise typer.Exit


def _options(
    context: typer.Context,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="The configuration; else $INGESTD_CONFIG, ./config/ingestd.toml, /etc/ingestd/ingestd.toml.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results and errors, but no remarks, progress or log.")
    ] = False,
    utc: Annotated[bool, typer.Option("--utc", help="Show times in UTC; else in your time zone.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", "-V", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    show_utc(utc)
    be_quiet(quiet)
    context.obj = Session(config, quiet=quiet)
