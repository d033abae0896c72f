"""Changes of the configuration file by commands: atomic, checked before they are written, under its owner and mode."""

import os
import pwd
from collections.abc import Callable
from pathlib import Path

from ingestd.archive.atomic_files import atomic_file
from ingestd.cli.output import print_note
from ingestd.config.load import parse_config
from ingestd.model.errors import ArchiveError, ConfigError, UsageError

_BYTE_ORDER_MARK = "\ufeff"


def change_config(
    path: Path, change: Callable[[str], str], *, failure: str = "that would not be a valid configuration"
) -> bool:
    """Put `change(text)` in the place of the text of a configuration; whether it has changed.

    A byte order mark stays, as owner, group and mode do. Raises UsageError where the file cannot be written, or the
    result would not be a valid configuration, which `failure` says.
    """
    try:
        before = path.read_bytes().decode("utf-8")
        mark = _BYTE_ORDER_MARK if before.startswith(_BYTE_ORDER_MARK) else ""
        after = change(before.removeprefix(_BYTE_ORDER_MARK))
        if mark + after == before:
            return False
        parse_config(after, path, os.environ)
        with atomic_file(path) as stream:
            stream.write((mark + after).encode())
    except ConfigError as error:
        raise UsageError(f"{failure}: {error}") from error
    except (ArchiveError, OSError) as error:
        raise UsageError(_why_unchanged(path, error)) from error
    return True


def _why_unchanged(path: Path, error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, ArchiveError) else error
    hint = "try --dry-run"
    if isinstance(cause, PermissionError):
        hint = (
            f"user {_user_name()} may not; run the command with sudo, which leaves owner and mode as they are, "
            "or with --dry-run to see what it would write"
        )
    return f"{path} cannot be changed: {getattr(cause, 'strerror', None) or error}; {hint}"


def _user_name() -> str:
    """The name of the user as whom this process runs, or the number where it has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def note_reload() -> None:
    """Say when a daemon takes over what has been written."""
    print_note("a running daemon takes it over when it reads its configuration again: `systemctl reload ingestd`")
