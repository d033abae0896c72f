"""How deliveries to the targets of notifications go, for `status` and `notify list`."""

from collections.abc import Sequence
from typing import Any

from ingestd.cli.output import print_note, print_table
from ingestd.cli.times import column_head, to_minute, to_minute_with_zone
from ingestd.store.outbox import MAX_AGE, MAX_QUEUED_EVENTS


def print_targets(targets: Sequence[dict[str, Any]]) -> None:
    """Print every target."""
    print_table(
        ("target", "waiting", "delivered", column_head("last delivered"), "failures", "dropped"),
        [
            (
                row["name"],
                row["queued"],
                row["delivered"],
                to_minute(row["last_ok_at"]),
                row["failures"],
                row["dropped"],
            )
            for row in targets
        ],
        empty="no targets yet: `ingestd run` takes [[notify]] from the configuration",
    )
    print_target_remarks(targets)


def print_target_remarks(targets: Sequence[dict[str, Any]]) -> None:
    """Print one line for each target that does not take what it is told, or never got some of it."""
    for row in targets:
        if row["failures"]:
            print_note(
                f"notifications to {row['name']} fail since {to_minute_with_zone(row['failing_since'])}:"
                f" {row['last_error']}; {row['queued']} wait"
            )
        if row["dropped"]:
            print_note(
                f"notifications to {row['name']}: {row['dropped']} were dropped, the last at"
                f" {to_minute_with_zone(row['dropped_at'])}: they waited longer than {MAX_AGE.days} days, or more than"
                f" {MAX_QUEUED_EVENTS} waited"
            )
