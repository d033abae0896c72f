"""The timer of systemd that makes backups, where the configuration leaves them to one: its steps."""

import os
from pathlib import Path

from ingestd.cli.service_steps import ACCOUNT, Place, Remove, Run, Step, Write, unit_text
from ingestd.config.load import load_config
from ingestd.config.settings import Config
from ingestd.model.errors import ConfigError, UsageError

_UNIT, _TIMER = "ingestd-backup.service", "ingestd-backup.timer"
_WRITABLE = "WorkingDirectory=/var/lib/ingestd\n"


def timer_folder(place: Place, *, wanted: bool | None) -> Path | None:
    """Where a timer is to put backups; None where none is to be installed.

    `wanted` is what the user said; None leaves it to the configuration: a timer where it names a folder, and the daemon
    makes none. Raises UsageError where that cannot be done.
    """
    config = _configuration(place)
    folder = config.backup.folder if config is not None else ""
    if wanted is None:
        return Path(folder) if folder and config is not None and not config.backup.every and not place.is_user else None
    if not wanted:
        return None
    if place.is_user:
        raise UsageError("the timer is for a service of the system: set `every` under [backup], and the daemon does it")
    if not folder:
        raise UsageError(
            f'a timer needs to know where: set `folder`, and `every = "0s"`, under [backup] in {place.config}'
        )
    if config is not None and config.backup.every:
        raise UsageError(f'the daemon makes backups already: set `every = "0s"` under [backup] in {place.config}')
    return Path(folder)


def _configuration(place: Place) -> Config | None:
    """The configuration that is there; None for none, or one that the installation will complain of."""
    try:
        return load_config(place.config, {**os.environ, "INGESTD_DATABASE_URL": f"sqlite:///{place.database}"})
    except ConfigError:
        return None


def timer_steps(place: Place, program: str, files: Path, folder: Path) -> list[Step]:
    """The steps that install the timer; they may be repeated."""
    unit, timer = (place.unit.with_name(name) for name in (_UNIT, _TIMER))
    text = unit_text((files / _UNIT).read_text(encoding="utf-8"), program)
    steps: list[Step] = []
    if not folder.is_relative_to(place.database.parent):
        # The unit may write to its own folder alone, and is not started where this one is missing.
        text = text.replace(_WRITABLE, f"{_WRITABLE}ReadWritePaths={_unit_path(folder)}\n", 1)
        if not folder.is_dir():
            steps = [Run(("install", "-d", "-m", "750", "-o", ACCOUNT, "-g", ACCOUNT, str(folder)))]
    steps += [Write(unit, text), Write(timer, (files / _TIMER).read_text(encoding="utf-8"))]
    reload: list[Step] = [Run((*place.systemctl, "daemon-reload"))] if place.booted else []
    now = ("--now",) if place.booted else ()
    return [*steps, *reload, Run((*place.systemctl, "enable", *now, _TIMER))]


def timer_removal_steps(place: Place) -> list[Step]:
    """The steps that remove the timer, where there is one."""
    unit, timer = (place.unit.with_name(name) for name in (_UNIT, _TIMER))
    if not unit.exists() and not timer.exists():
        return []
    now = ("--now",) if place.booted else ()
    stop: list[Step] = [Run((*place.systemctl, "disable", *now, _TIMER))] if timer.exists() else []
    after: list[Step] = [Run((*place.systemctl, "daemon-reload"))] if place.booted else []
    return [*stop, Remove(timer), Remove(unit), *after]


def _unit_path(path: Path) -> str:
    """A path as a value of a unit: `%` begins a specifier, and spaces end a word (systemd.syntax(7))."""
    return '"{}"'.format(str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%"))
