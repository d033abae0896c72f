"""Where tests keep their files: in memory where the system has such a file system, because a disk takes milliseconds
for each fsync."""

import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")
MIN_FREE_BYTES = 2_000_000_000


def memory_folder() -> Path | None:
    """A folder in memory with room for the files of all tests, or None."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < MIN_FREE_BYTES:
        return None
    return _MEMORY
