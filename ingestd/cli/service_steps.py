"""What it takes to install ingestd as a service of systemd, or to remove it: a list of steps, and how each is done."""

import grp
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestd.archive.atomic_files import atomic_file
from ingestd.model.errors import IngestdError

SERVICE = "ingestd.service"
#: The account of the daemon, and the group that may read its configuration (`systemd/sysusers.d/ingestd.conf`).
ACCOUNT, CONFIG_GROUP = "ingestd", "ingestd-config"
_SHIPPED_URL = 'url = "sqlite:///var/ingestd.db"'
_SHIPPED_PROGRAMS = ("/opt/ingestd/bin/ingestd", "%h/.local/bin/ingestd")
#: Seconds for one command of systemd; a start waits for a database that is upgraded.
_COMMAND_TIMEOUT_S = 1800.0


@dataclass(frozen=True, slots=True)
class Write:
    """Write a file. `keep`: one that exists is left as it is. `group`: who may read it, beside its owner root."""

    path: Path
    text: str
    mode: int = 0o644
    keep: bool = False
    group: str | None = None

    def told(self) -> str:
        """The step in words."""
        if self.path.exists() and (self.keep or self.is_done()):
            return f"keep   {self.path} as it is"
        return f"write  {self.path}{' in place of another one' if self.path.exists() else ''}"

    def is_done(self) -> bool:
        """Whether the file is there, with this text."""
        try:
            return self.path.read_text(encoding="utf-8") == self.text
        except (OSError, ValueError):
            return False

    def run(self) -> None:
        """Do it. Raises OSError, and ArchiveError where the file cannot be written."""
        is_new = not self.path.exists()
        if not is_new and (self.keep or self.is_done()):
            return
        self.path.parent.mkdir(mode=0o755 if self.mode & 0o004 else 0o700, parents=True, exist_ok=True)
        with atomic_file(self.path) as stream:
            if is_new:
                os.fchmod(stream.fileno(), self.mode)
                if self.group is not None:
                    os.fchown(stream.fileno(), 0, grp.getgrnam(self.group).gr_gid)
            stream.write(self.text.encode())


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a file, if it is there."""

    path: Path

    def told(self) -> str:
        """The step in words."""
        return f"remove {self.path}"

    def is_done(self) -> bool:
        """Whether there is no such file."""
        return not self.path.exists()

    def run(self) -> None:
        """Do it. Raises OSError."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Run:
    """Run a program of the system."""

    words: tuple[str, ...]

    def told(self) -> str:
        """The step in words."""
        return f"run    {' '.join(self.words)}"

    def is_done(self) -> bool:
        """A program is run each time: it finds for itself that nothing is left to do."""
        return False

    def run(self) -> None:
        """Do it. Raises IngestdError with what the program said."""
        try:
            ended = subprocess.run(  # noqa: S603 - our own words
                self.words, capture_output=True, text=True, errors="replace", timeout=_COMMAND_TIMEOUT_S, check=False
            )
        except FileNotFoundError as error:
            raise IngestdError(f"{self.words[0]}: not on this machine; systemd 247 or later is needed") from error
        except subprocess.TimeoutExpired as error:
            raise IngestdError(f"{' '.join(self.words)}: does not end") from error
        if ended.returncode:
            said = (ended.stderr or ended.stdout).strip() or "it says nothing"
            raise IngestdError(f"{' '.join(self.words)}: exit status {ended.returncode}: {said}")


Step = Write | Remove | Run


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service stands: of the system, or of one user. `booted`: systemd runs here, so that units can start."""

    unit: Path
    config: Path
    database: Path
    is_user: bool
    booted: bool
    etc: Path = Path("/etc")

    @property
    def systemctl(self) -> tuple[str, ...]:
        """The words that speak to its manager."""
        return ("systemctl", "--user") if self.is_user else ("systemctl",)


def install_steps(place: Place, program: str, files: Path, configuration: str) -> list[Step]:
    """The steps of an installation that runs `program`, from the shipped `files` of systemd and `configuration`.

    They may be repeated: the configuration is kept, and a daemon is restarted only for another unit.
    """
    shipped = files / ("user" if place.is_user else "") / SERVICE
    unit = Write(place.unit, unit_text(shipped.read_text(encoding="utf-8"), program))
    text = configuration.replace(_SHIPPED_URL, f'url = "sqlite:///{_toml_escaped(str(place.database))}"', 1)
    systemctl = place.systemctl
    starts: list[Step] = [Run((*systemctl, "enable", SERVICE))]
    if place.booted:
        action = "start" if unit.is_done() else "restart"
        starts = [Run((*systemctl, "daemon-reload")), *starts, Run((*systemctl, action, SERVICE))]
    check = (program, "--config", str(place.config), "config", "check")
    if place.is_user:
        place_steps: list[Step] = [Write(place.config, text, mode=0o600, keep=True), Run(check)]
    else:
        folders = [place.etc / name / "ingestd.conf" for name in ("sysusers.d", "tmpfiles.d")]
        sources = [files / path.parent.name / path.name for path in folders]
        place_steps = [
            *(Write(path, source.read_text("utf-8")) for path, source in zip(folders, sources, strict=True)),
            Run(("systemd-sysusers", "ingestd.conf")),
            Run(("systemd-tmpfiles", "--create", "ingestd.conf")),
            Write(place.config, text, mode=0o640, keep=True, group=CONFIG_GROUP),
            Run(("runuser", "-u", ACCOUNT, "--", *check)),
        ]
    return [*place_steps, unit, *starts]


def uninstall_steps(place: Place) -> list[Step]:
    """The steps that end the service and remove what `install_steps` wrote, but for account, configuration, archive."""
    systemctl = place.systemctl
    stop: list[Step] = []
    if place.unit.exists():
        stop = [Run((*systemctl, "disable", *(("--now",) if place.booted else ()), SERVICE))]
    etc: list[Step] = []
    if not place.is_user:
        etc = [Remove(place.etc / name / "ingestd.conf") for name in ("sysusers.d", "tmpfiles.d")]
    after: list[Step] = [Run((*systemctl, "daemon-reload"))] if place.booted else []
    return [*stop, Remove(place.unit), *etc, *after]


def unit_text(shipped: str, program: str) -> str:
    """The shipped unit, which runs `program`."""
    for path in _SHIPPED_PROGRAMS:
        shipped = shipped.replace(f"ExecStart={path} ", f"ExecStart={_unit_word(program)} ")
    return shipped


def program_of_unit(text: str) -> str | None:
    """The program that a unit runs, as the unit writes it."""
    found = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    return found[-1].removeprefix("ExecStart=").removesuffix(" run") if found else None


def undone(steps: Sequence[Step]) -> list[Step]:
    """The steps that have something to do."""
    return [step for step in steps if not step.is_done()]


def _unit_word(path: str) -> str:
    """A path as a word of a command line in a unit (systemd.service(5), systemd.unit(5))."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if escaped == path and not any(map(str.isspace, path)) else f'"{escaped}"'


def _toml_escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
