"""`ingestd notify`: the targets of notifications, and a try whether one can be reached."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from ingestd.cli.notify_status import print_targets
from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_text
from ingestd.cli.session import current_session
from ingestd.model.errors import IngestdError, UsageError
from ingestd.policy.notifications import Notification, notification
from ingestd.store.notify_targets import all_targets
from ingestd.text.times import utc_now, utc_text

if TYPE_CHECKING:
    from ingestd.daemon.notifications.targets import Target

app = typer.Typer()


@app.callback()
def notify() -> None:
    """Show whom events are told to, and try a target."""


@app.command("list")
def list_targets(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the targets of notifications: what waits for each, and what failed or was dropped."""
    with current_session(context).open_existing_database() as database:
        targets = database.read(all_targets)
    if as_json:
        print_json(targets)
    else:
        print_targets(targets)


@app.command("test")
def test_target(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The target; needed where several are configured.")
    ] = None,
) -> None:
    """Send an event `test` to a target now, past its queue; exit status 1 and the reason where it does not take it."""
    # What it imports takes half a second, which `list` does not need.
    module = import_module("ingestd.daemon.notifications.targets")
    targets: dict[str, Target] = module.configured_targets(current_session(context).settings, utc_now)
    found = _chosen(targets, name)
    at = utc_text(utc_now())
    sent = notification(0, "test", at, {"reason": "a test by `ingestd notify test`"})
    try:
        asyncio.run(_deliver(targets[found], sent))
    except module.DeliveryError as error:
        raise IngestdError(f"{found}: {error}") from error
    print_text(f"{found}: has taken the event {sent.id}")


async def _deliver(target: "Target", sent: Notification) -> None:
    await target.open()
    try:
        await target.deliver(sent)
    finally:
        await target.close()


def _chosen(targets: "dict[str, Target]", name: str | None) -> str:
    if not targets:
        raise UsageError("the configuration has no [[notify]]")
    if name is None and len(targets) == 1:
        return next(iter(targets))
    if name not in targets:
        asked = f"no target is named {name!r}; there" if name else "which target? There"
        raise UsageError(f"{asked} are: {', '.join(targets)}")
    return name
