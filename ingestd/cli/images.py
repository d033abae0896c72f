"""What several commands do with stored images."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from ingestd.archive.images.files import ImageFiles, faults, place
from ingestd.archive.images.formats import image_urls, with_sources
from ingestd.cli.common import Session, note
from ingestd.identity.urls import redact
from ingestd.model.errors import ArchiveError
from ingestd.model.post import Post
from ingestd.store import image_queue
from ingestd.store.database import Database

MediaOption = Annotated[
    Path | None,
    typer.Option("--media", metavar="DIR", help="Copy the stored images into this folder, and show them from there."),
]
MediaUrlOption = Annotated[
    str | None,
    typer.Option("--media-url", metavar="URL", help="Where that folder is on the web; else a relative path."),
]

#: Posts whose images are looked up at once.
_AT_ONCE = 100


def told_images(counts: Mapping[str, int]) -> str:
    """A line about images that were fetched."""
    return f"images: {counts['stored']} stored, {counts['failed']} failed, {counts['waiting']} waiting"


def lost_images(session: Session, database: Database) -> list[tuple[str, str]]:
    """(hash, finding) of each stored image whose file is missing or damaged."""
    files = database.read(lambda connection: list(image_queue.files(connection)))
    folder = session.config.media_folder
    if folder is None:
        return [(file.hash, f"image {redact(file.url)} is nowhere: [media] names no folder") for file in files]
    return list(faults(ImageFiles(folder), ((file.hash, file.type, redact(file.url)) for file in files)))


@dataclass
class Illustrator:
    """Copies the images of posts into a folder and points the posts at them.

    `prefix` stands before a file's path in that folder. An image that is not here stays on the web; one whose file is
    lost is told, once, and kept in `lost`.
    """

    database: Database
    store: ImageFiles
    target: ImageFiles
    prefix: str
    lost: set[str] = field(default_factory=set)

    def posts(self, posts: Iterable[Post]) -> Iterator[Post]:
        """The posts, one by one, with their images shown from the folder."""
        rest = iter(posts)
        while batch := list(islice(rest, _AT_ONCE)):
            urls = {url for post in batch for url in image_urls(post)}
            found = self.database.read(image_queue.files_of, sorted(urls))
            for post in batch:
                yield self._illustrated(post, found)

    def _illustrated(self, post: Post, found: Mapping[str, image_queue.File]) -> Post:
        files = {url: found[url] for url in image_urls(post) if url in found}
        places = {url: self.prefix + place(file.hash, file.type) for url, file in files.items() if self._copied(file)}
        if not places:
            return post
        image = places.get(post.image or "", post.image)
        return replace(post, content=with_sources(post.content, places), image=image)

    def _copied(self, file: image_queue.File) -> bool:
        try:
            self.store.copy(place(file.hash, file.type), self.target, file.bytes)
        except ArchiveError as error:
            if file.hash not in self.lost:
                note(f"image {error} ({redact(file.url)})")
            self.lost.add(file.hash)
            return False
        return True


def illustrator(
    session: Session, database: Database, target: Path | None, url: str | None, beside: Path
) -> Illustrator | None:
    """What `--media` and `--media-url` ask for; relative paths begin in the folder `beside`. None without them."""
    store = session.config.media_folder
    if target is None or store is None:
        return None
    prefix = url if url is not None else quote(Path(os.path.relpath(target.resolve(), beside.resolve())).as_posix())
    return Illustrator(database, ImageFiles(store), ImageFiles(target), f"{prefix.rstrip('/')}/")
