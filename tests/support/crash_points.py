"""What a process leaves on the disk when it is killed: copies of a folder at every step that changes or may change it.

A kill takes the process's memory and locks; the files stay as they are at that moment. So a copy that is made between
two steps is what a SIGKILL there would leave.
"""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Steps that change names, owners, modes and contents, as the interpreter audits them.
_EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.chmod", "os.chown", "os.mkdir", "sqlite3.connect"}
_observers: list[Callable[[str], None]] = []


def _audit(event: str, _arguments: object) -> None:
    if event in _EVENTS and _observers:
        _observers[-1](event)


def step(name: str) -> None:
    """Tell of a step that is seen elsewhere, such as a statement of another library."""
    if _observers:
        _observers[-1](name)


class _Hook:
    added = False


class TracedConnection(sqlite3.Connection):
    """A connection each statement of which is a step."""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Run a statement; before it is a step."""
        if _observers:
            _observers[-1](f"SQL {arguments[0]}")
        return super().execute(*arguments)


@contextmanager
def observed_steps(observer: Callable[[str], None]) -> Iterator[None]:
    """Call `observer` before each step of this process, with its name; its own steps do not count."""
    if not _Hook.added:
        sys.addaudithook(_audit)
        _Hook.added = True
    busy = False

    def observe(step: str) -> None:
        nonlocal busy
        if not busy:
            busy = True
            try:
                observer(step)
            finally:
                busy = False

    _observers.append(observe)
    try:
        yield
    finally:
        _observers.remove(observe)


@contextmanager
def crash_points(folder: Path, into: Path) -> Iterator[list[tuple[str, Path]]]:
    """(step, copy of `folder` before it) of each step of the block, and of its end; equal neighbours count once."""
    found: list[tuple[str, Path]] = []
    seen: list[bytes] = []

    def copy(step: str) -> None:
        state = _state(folder)
        if not seen or seen[-1] != state:
            seen.append(state)
            target = into / f"{len(found):03}"
            # Hard links and the inodes themselves stay equal, as `samefile` sees them.
            _copy_with_links(folder, target)
            found.append((step, target))

    with observed_steps(copy):
        yield found
    copy("end")


def _state(folder: Path) -> bytes:
    parts = []
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        parts.append(f"{path} {status.st_mode} {status.st_ino} {status.st_nlink} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(parts).encode()


def _copy_with_links(folder: Path, target: Path) -> None:
    copies: dict[int, Path] = {}
    for path in sorted(folder.rglob("*")):
        to = target / path.relative_to(folder)
        inode = path.lstat().st_ino
        if path.is_dir():
            to.mkdir(parents=True)
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        if inode in copies:
            to.hardlink_to(copies[inode])
        else:
            # Not opened by this process twice: closing a file would drop the locks that SQLite has on it.
            shutil.copy2(path, to)
            copies[inode] = to
