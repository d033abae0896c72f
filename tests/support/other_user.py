"""Another user of the machine, who may read what is open to all: what a test of root's would not be refused."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

#: User and group "nobody", on every Linux.
OTHER_ID = 65_534

OtherUser = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def acting_as_other_user(folder: Path) -> Iterator[None]:
    """This process acts as another user within the block; `folder` and those above it are opened to all."""
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o005 != 0o005:
            path.chmod(path.stat().st_mode | 0o055)
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(OTHER_ID)
    os.seteuid(OTHER_ID)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
