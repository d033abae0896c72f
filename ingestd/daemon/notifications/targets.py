"""The two kinds of target: a webhook, which an event is posted to, and a command, which reads it on standard input."""

import asyncio
import os
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ingestd.config.service_settings import NotifyConfig
from ingestd.config.settings import Config, FetchConfig
from ingestd.fetch import Client
from ingestd.fetch.child_process import ChildProcess, kill_group
from ingestd.model.errors import PollError
from ingestd.model.http import Request
from ingestd.policy.notifications import Notification, signed_headers
from ingestd.sources.notify_secrets import notify_secrets

#: Characters of a command's standard error that are told, to say why it failed.
MAX_TOLD_CHARS = 200
#: Bytes of a webhook's answer that are read.
MAX_ANSWER_BYTES = 64_000


class DeliveryError(Exception):
    """A target has not taken an event; the text says why. `retry_after_s` are the seconds that it asks to wait."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Target(Protocol):
    """What is told of events."""

    async def open(self) -> None:
        """Prepare; called once."""

    async def close(self) -> None:
        """End."""

    async def deliver(self, sent: Notification) -> None:
        """Hand over one event. Raises DeliveryError."""


class Webhook:
    """Posts events to a URL. It is the administrator's own: at a private address too, which no feed's address may be.

    Errors do not name the URL: the path of many webhooks is a secret.
    """

    def __init__(
        self, config: NotifyConfig, fetch: FetchConfig, secret: str | None, clock: Callable[[], datetime]
    ) -> None:
        proxy = fetch.proxy if config.proxy is None else config.proxy
        own = {"allow_private_networks": True, "min_delay": 0.0, "timeout": config.timeout, "proxy": proxy or None}
        self._client = Client(fetch.model_copy(update=own), clock=clock)
        self._url = config.url or ""
        self._headers = tuple(config.headers.items())
        self._secret = secret
        self._clock = clock

    async def open(self) -> None:
        """Open the client."""
        await self._client.__aenter__()

    async def close(self) -> None:
        """Close its connections."""
        await self._client.__aexit__()

    async def deliver(self, sent: Notification) -> None:
        """Post one event: any 2xx takes it. Raises DeliveryError."""
        headers = (*self._headers, *signed_headers(sent, self._secret, self._clock()))
        request = Request(self._url, headers=headers, max_body=MAX_ANSWER_BYTES)
        try:
            await self._client.post(request, sent.body)
        except PollError as error:
            status = f" (status {error.http_status})" if error.http_status else ""
            raise DeliveryError(f"{error.outcome}: {error.reason}{status}", error.retry_after_s) from error


#: Seconds after a program has ended for the last of its standard error, which a process that it left may hold open.
_LAST_STDERR_TIMEOUT_S = 1.0


class Command:
    """Starts a program for each event, which reads it on standard input and ends with status 0 when it has taken it."""

    def __init__(self, words: tuple[str, ...], timeout_s: float) -> None:
        self._words = words
        self._timeout_s = timeout_s

    async def open(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Nothing to end: what runs is ended with its delivery."""

    async def deliver(self, sent: Notification) -> None:
        """Run the program. Raises DeliveryError where it fails, or runs longer than its time limit."""
        name = self._words[0]
        try:
            transport, run = await asyncio.get_running_loop().subprocess_exec(
                ChildProcess,
                *self._words,
                stdout=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "INGESTD_EVENT": sent.event},
            )
        except (OSError, ValueError) as error:
            raise DeliveryError(f"{name} cannot be started: {error}") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                _write_input(transport, sent.body + b"\n")
                await asyncio.shield(run.exited)
        except TimeoutError as error:
            raise DeliveryError(f"{name} was ended after {self._timeout_s:g} s") from error
        else:
            if transport.get_returncode() != 0:
                await asyncio.wait((run.ended,), timeout=_LAST_STDERR_TIMEOUT_S)
        finally:
            if transport.get_returncode() is None:
                await kill_group(transport, run)
            transport.close()
        if transport.get_returncode() != 0:
            raise DeliveryError(f"{name} ended with status {transport.get_returncode()}{run.complaint(MAX_TOLD_CHARS)}")


def _write_input(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    """Write standard input and close it; a program that does not read it may have taken the event all the same."""
    pipe = transport.get_pipe_transport(0)
    assert isinstance(pipe, asyncio.WriteTransport)
    pipe.write(data)
    pipe.close()


def configured_targets(config: Config, clock: Callable[[], datetime]) -> dict[str, Target]:
    """Every target of the configuration by its name. Raises ConfigError for a secret that cannot be read."""
    secrets = notify_secrets(config)
    return {
        item.shown_name: Command(item.command, item.timeout)
        if item.command
        else Webhook(item, config.fetch, secrets[item.shown_name], clock)
        for item in config.notify
    }
