"""Ways in which other programs change the files of a database that is in use."""

from pathlib import Path

#: What can happen to which file, by its name.
LOSSES = [(change, name) for change in ("deleted", "replaced") for name in ("ingestd.db", "ingestd.db-wal")]
_PAGE_BYTES = 4096


def change_file(path: Path, change: str) -> None:
    """Delete a file, or put a copy in its place."""
    copy = path.read_bytes()
    path.rename(path.with_name(f"{path.name}.old"))
    if change == "replaced":
        path.write_bytes(copy)


def zero_pages(path: Path, pages: range) -> None:
    """Overwrite pages of a database with zeros, as a failing disk does; the first is page 1."""
    with path.open("r+b") as file:
        file.seek((pages.start - 1) * _PAGE_BYTES)
        file.write(bytes(len(pages) * _PAGE_BYTES))
