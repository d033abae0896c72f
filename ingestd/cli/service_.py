"""`ingestd service`: ingestd as a service of systemd, of the system or of one user."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_note, print_text
from ingestd.cli.service_backups import timer_folder, timer_removal_steps, timer_steps
from ingestd.cli.service_steps import (
    SERVICE,
    Place,
    Step,
    install_steps,
    program_of_unit,
    uninstall_steps,
    unit_text,
)
from ingestd.model.errors import IngestdError, UsageError
from ingestd.sources.rules import shipped

app = typer.Typer(help="Install ingestd as a service of systemd, or remove it.")

UserOption = Annotated[
    bool, typer.Option("--user", help="A service of yours alone, without root: it runs while you are logged in.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
TimerOption = Annotated[
    bool | None,
    typer.Option(
        "--backup-timer/--no-backup-timer",
        help='Install systemd\'s timer for backups, or none; else where [backup] has a `folder` and `every = "0s"`.',
        show_default=False,
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show the steps.")]

#: Folders that the unit hides from the daemon (ProtectHome=).
_HIDDEN_FOLDERS = ("/home", "/root", "/run/user")
#: Seconds for a question to systemd.
_QUESTION_TIMEOUT_S = 30.0


@app.callback()
def service() -> None:
    """Install ingestd as a service of systemd, or remove it."""


@app.command("install")
def install(
    user: UserOption = False,
    backup_timer: TimerOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Show what an installation takes, ask, and do it: account, configuration, unit; enable and start it.

    May be repeated, such as after an upgrade: a configuration that exists is kept. The unit runs the ingestd that this
    command belongs to.
    """
    place = _place(user=user)
    program = _own_program()
    if not user:
        _refuse_hidden_program()
    steps = install_steps(place, program, _unit_files(), shipped("ingestd.toml").read_text(encoding="utf-8"))
    backups = timer_folder(place, wanted=backup_timer)
    steps += timer_steps(place, program, _unit_files(), backups) if backups else timer_removal_steps(place)
    if not _do(steps, yes=yes, dry_run=dry_run):
        return
    print_text(f"ingestd is a service: it runs {program}, with {place.config}")
    command = " ".join((*place.systemctl, "reload", "ingestd"))
    print_note(f"edit {place.config}, then: {command}")
    if not place.booted:
        print_note("systemd does not run here: the service starts when the machine does")
    if backups is not None:
        print_note(f"a backup is made every night, in {backups}")
    if user:
        print_note(f"for your own commands: export INGESTD_CONFIG={place.config}")
        print_note("to keep it running when you are logged out: loginctl enable-linger")


@app.command("uninstall")
def uninstall(user: UserOption = False, yes: YesOption = False, dry_run: DryRunOption = False) -> None:
    """Show what is removed, ask, and do it: stop the service, remove its unit. Archive and configuration stay."""
    place = _place(user=user)
    if not _do([*timer_removal_steps(place), *uninstall_steps(place)], yes=yes, dry_run=dry_run):
        return
    print_text(f"the service is removed; {place.config} and the archive, {place.database}, are left")


@app.command("status")
def show_status(user: UserOption = False, as_json: JsonOption = False) -> None:
    """Show whether the service is installed, and runs; exit status 1 where it is not or does not."""
    place = _place(user=user)
    found = _status(place)
    if as_json:
        print_json(found)
    else:
        for key, value in found.items():
            print_text(f"{key.replace('_', ' '):<14} {value}")
    if not found["installed"] or found["state"] not in ("active", "unknown"):
        raise typer.Exit(1)


def _status(place: Place) -> dict[str, object]:
    text = place.unit.read_text(encoding="utf-8", errors="replace") if place.unit.is_file() else None
    program = program_of_unit(text) if text is not None else None
    ours = _unit_files() / ("user" if place.is_user else "") / SERVICE
    is_current = text is not None and text == unit_text(ours.read_text(encoding="utf-8"), _own_program())
    asked = _properties(place) if place.booted else {}
    return {
        "installed": text is not None,
        "unit": str(place.unit),
        "unit_is": "as shipped" if is_current else "missing" if text is None else "another one",
        "program": program or "",
        "enabled": asked.get("UnitFileState", "unknown"),
        "state": asked.get("ActiveState", "unknown"),
        "says": asked.get("StatusText", ""),
        "configuration": str(place.config),
        "database": str(place.database),
    }


def _properties(place: Place) -> dict[str, str]:
    """What systemd says of the unit; nothing where it cannot be asked."""
    words = [*place.systemctl, "show", SERVICE, "--property=UnitFileState,ActiveState,StatusText"]
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=_QUESTION_TIMEOUT_S, check=False)  # noqa: S603 - our own words
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)


def _do(steps: list[Step], *, yes: bool, dry_run: bool) -> bool:
    """Show the steps, ask, and do them in order. False where none was done."""
    for step in steps:
        print_text(step.told())
    if dry_run:
        return False
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nothing was done: say --yes where nobody can be asked")
        if not typer.confirm("Do this?"):
            return False
    for step in steps:
        try:
            step.run()
        except OSError as error:
            raise IngestdError(f"{step.told()}: {error.strerror or error}") from error
    return True


def _place(*, user: bool) -> Place:
    if not user and os.geteuid() != 0:
        raise UsageError("a service of the system needs root: `sudo ingestd service …`, or --user for one of your own")
    if not user:
        return Place(
            unit=Path("/etc/systemd/system") / SERVICE,
            config=Path("/etc/ingestd/ingestd.toml"),
            database=Path("/var/lib/ingestd/ingestd.db"),
            is_user=False,
            booted=Path("/run/systemd/system").is_dir(),  # sd_booted(3)
        )
    settings = _folder("XDG_CONFIG_HOME", ".config")
    return Place(
        unit=settings / "systemd/user" / SERVICE,
        config=settings / "ingestd/ingestd.toml",
        database=_folder("XDG_DATA_HOME", ".local/share") / "ingestd/ingestd.db",
        is_user=True,
        booted=bool(os.environ.get("XDG_RUNTIME_DIR")) and Path(os.environ["XDG_RUNTIME_DIR"], "systemd").is_dir(),
    )


def _folder(variable: str, default: str) -> Path:
    """A folder of the user (XDG Base Directory Specification): a variable with a relative path is passed over."""
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / default


def _own_program() -> str:
    beside = Path(sys.executable).parent / "ingestd"
    found = str(beside) if beside.is_file() else shutil.which("ingestd")
    if found is None:
        raise IngestdError("the program `ingestd` is not found beside this Python, nor in $PATH")
    return str(Path(found).absolute())


def _refuse_hidden_program() -> None:
    for folder in (sys.prefix, sys.base_prefix, str(Path(__file__).resolve())):
        path = Path(folder).resolve()
        if any(path.is_relative_to(hidden) for hidden in _HIDDEN_FOLDERS):
            raise UsageError(
                f"{path} is in a home directory, which a service of the system may not read: install ingestd in"
                " /opt/ingestd (docs/service.md), or as a service of yours with --user"
            )


def _unit_files() -> Path:
    """The shipped files of systemd: inside the installed package, or beside the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_systemd"
    return inside if inside.exists() else package.parent / "systemd"
