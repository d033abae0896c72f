"""`ingestd posts delete`."""

from typing import Annotated

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_note, print_text
from ingestd.cli.session import current_session

#: The largest integer of SQLite and PostgreSQL (64 bits).
_MAX_INTEGER = 2**63 - 1


def delete(
    context: typer.Context,
    post_ids: Annotated[
        list[int], typer.Argument(metavar="ID...", max=_MAX_INTEGER, help="Numbers, as `posts list` shows them.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Delete posts for good, with their pages and earlier texts; no feed brings them back, because their keys stay.

    Where one does not exist, none is deleted. Backups, exported files and images stay.
    """
    from ingestd.store.deleted_posts import delete_posts  # of `ingestd posts`, this command alone needs it

    with current_session(context).open_existing_database() as database:
        deleted = database.write(delete_posts, post_ids)
    if as_json:
        print_json(deleted)
        return
    for post in deleted:
        print_text(f"{post['id']}: deleted: {post['title']} {post['from_url']}")
    print_note("`ingestd db vacuum` gives the space back to the disk")
