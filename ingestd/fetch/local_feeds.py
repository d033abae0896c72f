"""Feeds of this machine: a file, or what a program prints. Only the configuration names them, no feed and no page.

Both are bounded by `[fetch]` (timeout, max_body), and off unless `allow_commands` is set there.
"""

import asyncio
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from ingestd.fetch.child_process import ChildProcess, kill_group
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.http import Response
from ingestd.text.times import utc_now

#: Set by the unit of systemd: its sandbox is made for a daemon that starts no programs but its own.
SANDBOX_VARIABLE = "INGESTD_SANDBOX"
#: What a program gets of the environment: nothing in it is a secret.
KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
#: Characters of a program's standard error that are told.
MAX_TOLD_CHARS = 300


@dataclass(frozen=True, slots=True)
class LocalFeeds:
    """Reads feeds of this machine; `environ` is the environment of this process."""

    allowed: bool = False
    timeout_s: float = 20.0
    max_bytes: int = 15_000_000
    clock: Callable[[], datetime] = utc_now
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    async def get(self, url: str, command: tuple[str, ...]) -> Response:
        """The file at `url`, or what `command` prints. Raises PollError."""
        if not self.allowed:
            reason = "files and programs are read only with `allow_commands = true` in [fetch]"
            raise PermanentError(Outcome.ADDRESS_REFUSED, reason, url=url)
        try:
            body = await (self._run(command) if command else self._read_file(url))
        except PollError as error:
            error.url = url
            raise
        return Response(url, url, 0, (), body, self.clock())

    async def _read_file(self, url: str) -> bytes:
        path = file_path(url)
        try:
            async with asyncio.timeout(self.timeout_s):
                body = await asyncio.to_thread(_read_regular_file, path, self.max_bytes + 1)
        except TimeoutError as error:
            raise TemporaryError(Outcome.TIMEOUT, f"the file could not be read within {self.timeout_s:g} s") from error
        except OSError as error:
            raise TemporaryError(Outcome.LOCAL_FEED_FAILED, f"it cannot be read: {error.strerror or error}") from error
        return self._bounded(body, "the file")

    async def _run(self, command: tuple[str, ...]) -> bytes:
        if self.environ.get(SANDBOX_VARIABLE):
            reason = "the sandbox of the systemd unit starts no programs (docs/local-feeds.md says how to allow it)"
            raise PermanentError(Outcome.ADDRESS_REFUSED, reason)
        try:
            transport, run = await asyncio.get_running_loop().subprocess_exec(
                lambda: ChildProcess(self.max_bytes),
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env={name: self.environ[name] for name in KEPT_VARIABLES if name in self.environ},
            )
        except (OSError, ValueError) as error:
            reason = f"it cannot be started: {getattr(error, 'strerror', None) or error}"
            raise TemporaryError(Outcome.LOCAL_FEED_FAILED, reason) from error
        try:
            async with asyncio.timeout(self.timeout_s):
                await asyncio.shield(run.ended)
        except TimeoutError as error:
            reason = f"it was ended after {self.timeout_s:g} s{run.complaint(MAX_TOLD_CHARS)}"
            raise TemporaryError(Outcome.TIMEOUT, reason) from error
        finally:
            await kill_group(transport, run)
            transport.close()
        body = self._bounded(bytes(run.output), "what it prints")
        if (status := transport.get_returncode()) != 0:
            how = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
            raise TemporaryError(Outcome.LOCAL_FEED_FAILED, f"it ended with {how}{run.complaint(MAX_TOLD_CHARS)}")
        return body

    def _bounded(self, body: bytes, what: str) -> bytes:
        if len(body) > self.max_bytes:
            raise PermanentError(Outcome.TOO_LARGE, f"{what} is larger than {self.max_bytes:,} bytes")
        return body


def file_path(url: str) -> Path:
    """The path of a `file:` URL of this machine. Raises PermanentError."""
    parts = urlsplit(url)
    path = unquote_to_bytes(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith(b"/") or b"\0" in path:
        raise PermanentError(Outcome.ADDRESS_REFUSED, "a file is written file:///path")
    return Path(os.fsdecode(path))


def _read_regular_file(path: Path, most: int) -> bytes:
    """At most `most` bytes. Raises OSError, also for what is no regular file: a device or a pipe may have no end."""
    # Without O_NONBLOCK the opening of a pipe waits for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is no regular file")
        return stream.read(most)
