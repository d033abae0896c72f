"""Stored images: what a fetch of them came to, which files are missing or damaged, and copies for an export."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from ingestd.archive.images.files import ImageFiles, check_image_files, image_path
from ingestd.archive.images.html_images import image_urls, replace_image_urls
from ingestd.cli.output import print_note
from ingestd.cli.session import Session
from ingestd.identity.urls import redact
from ingestd.model.errors import ArchiveError
from ingestd.model.post import Post
from ingestd.store import image_queue
from ingestd.store.database import Database

#: Posts whose images are looked up in one query.
_POSTS_PER_QUERY = 100


def image_counts_line(counts: Mapping[str, int]) -> str:
    """One line of the counts that `fetch_images` gives."""
    return f"images: {counts['stored']} stored, {counts['failed']} failed, {counts['waiting']} waiting"


def find_lost_images(session: Session, database: Database) -> list[tuple[str, str]]:
    """(SHA-256 digest, finding) of each stored image whose file is missing or damaged."""
    files = database.read(lambda connection: list(image_queue.all_files(connection)))
    folder = session.settings.media_folder
    if folder is None:
        return [(file.hash, f"image {redact(file.url)} is nowhere: [media] names no folder") for file in files]
    return list(check_image_files(ImageFiles(folder), ((file.hash, file.type, redact(file.url)) for file in files)))


@dataclass
class ImageCopier:
    """Copies the images of posts from `store` into `target`, and makes the posts refer to the copies.

    `prefix` is put before a file's path in that folder. An image that is not stored keeps its URL. So does one whose
    file is missing or damaged: it is reported once, and its digest is added to `lost`.
    """

    database: Database
    store: ImageFiles
    target: ImageFiles
    prefix: str
    lost: set[str] = field(default_factory=set)

    def with_copies(self, posts: Iterable[Post]) -> Iterator[Post]:
        """The posts in their order, referring to the copied images."""
        rest = iter(posts)
        while batch := list(islice(rest, _POSTS_PER_QUERY)):
            urls = {url for post in batch for url in image_urls(post)}
            found = self.database.read(image_queue.files_by_url, sorted(urls))
            for post in batch:
                yield self._with_copies(post, found)

    def _with_copies(self, post: Post, found: Mapping[str, image_queue.ImageFile]) -> Post:
        files = {url: found[url] for url in image_urls(post) if url in found}
        copied = [(url, file) for url, file in files.items() if self._copy(file)]
        if not copied:
            return post
        new_urls = {url: self.prefix + image_path(file.hash, file.type) for url, file in copied}
        image = new_urls.get(post.image or "", post.image)
        return replace(post, content=replace_image_urls(post.content, new_urls), image=image)

    def _copy(self, file: image_queue.ImageFile) -> bool:
        """Copy one file; False where it is missing or damaged."""
        try:
            self.store.copy(image_path(file.hash, file.type), self.target, file.bytes)
        except ArchiveError as error:
            if file.hash not in self.lost:
                print_note(f"image {error} ({redact(file.url)})")
            self.lost.add(file.hash)
            return False
        return True


def image_copier(
    session: Session, database: Database, target: Path | None, url: str | None, beside: Path
) -> ImageCopier | None:
    """The copier for `--media` (`target`) and `--media-url` (`url`); None without `--media`, or a media folder.

    Without `url`, posts refer to the copies by paths relative to the folder `beside`.
    """
    store = session.settings.media_folder
    if target is None or store is None:
        return None
    prefix = url if url is not None else quote(Path(os.path.relpath(target.resolve(), beside.resolve())).as_posix())
    return ImageCopier(database, ImageFiles(store), ImageFiles(target), f"{prefix.rstrip('/')}/")
