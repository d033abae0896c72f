"""The pages of one post: the article in its frame, and what its site changed."""

import asyncio
from dataclasses import dataclass
from typing import Any

from datasette import Response

from ingestd.archive.images.files import ImageFiles, image_path
from ingestd.archive.images.formats import FILE_SUFFIXES
from ingestd.archive.images.html_images import image_urls
from ingestd.cli.browse.article_document import article_document
from ingestd.cli.browse.errors import PageNotFoundError
from ingestd.cli.browse.pages import html_page
from ingestd.cli.browse.security import IMAGE_POLICY, article_policy
from ingestd.cli.browse.site import Site
from ingestd.cli.post_changes import post_changes
from ingestd.identity.urls import is_http_url
from ingestd.model.post import Post
from ingestd.store.fingerprints import near_duplicates
from ingestd.store.image_queue import files_by_url
from ingestd.store.posts import get_post
from ingestd.store.revisions import revisions_of
from ingestd.store.revisit_queue import page_state
from ingestd.store.sightings import sightings_of
from ingestd.text.diff import Op
from ingestd.text.display_width import display_width
from ingestd.text.times import utc_text

#: Unchanged text that is shown before and after a change.
_CONTEXT_CHARS = 160
#: The height of the frame, by the number of lines up to which it is for.
_FRAME_SIZES = ((5, "tiny"), (12, "short"), (26, "medium"))
#: Columns of a line in the frame: two for a Chinese character.
_LINE_COLUMNS = 76
_MAX_SIMILAR_POSTS = 10


async def _post(site: Site, request: Any) -> Post:
    post_id = int(request.url_vars["id"])
    post: Post | None = await site.read(get_post, post_id)
    if post is None:
        raise PageNotFoundError(f"no post has the number {post_id}")
    return post


async def post(site: Site, datasette: Any, request: Any) -> Any:
    """A post: its article, and where everything about it came from."""
    shown = await _post(site, request)
    sightings = await site.read(sightings_of, shown.id)
    return await html_page(
        datasette,
        request,
        "post.html",
        post=shown,
        date=utc_text(shown.date),
        fetched_at=utc_text(shown.fetched_at),
        link=shown.from_url if is_http_url(shown.from_url) else None,
        author="" if any(one["source"] == shown.author for one in sightings) else shown.author,
        categories=list(dict.fromkeys((*(one.term for one in shown.feed_categories or ()), *shown.categories))),
        sightings=sightings,
        similar=(await site.read(near_duplicates, shown.id)).posts[:_MAX_SIMILAR_POSTS],
        revisions=await site.read(revisions_of, shown.id),
        images=_wants_images(request),
        has_images="<img" in shown.content,
        page_state=await site.read(page_state, shown.id),
        frame_size=frame_size(shown.text),
    )


def frame_size(text: str) -> str:
    """The name of the least height of the frame that shows a text on a wide screen; it scrolls in the largest."""
    sample = text[: _LINE_COLUMNS * 40]
    # Half a line between paragraphs.
    lines = sum(1.5 + display_width(line) // _LINE_COLUMNS for line in sample.split("\n"))
    return next((name for most, name in _FRAME_SIZES if lines <= most), "long")


async def article(site: Site, datasette: Any, request: Any) -> Any:  # noqa: ARG001 - every page takes the same
    """The article's own document, for its frame."""
    shown = await _post(site, request)
    images = _wants_images(request)
    stored = await _stored_images(site, shown)
    headers = {"Content-Security-Policy": article_policy(images=images), "Cache-Control": "no-store"}
    return Response.html(article_document(shown, stored_images=stored, load_images=images), headers=headers)


async def _stored_images(site: Site, post: Post) -> dict[str, str]:
    """The paths of the pages with the images of a post that are stored, by their URLs."""
    files = await site.read(files_by_url, sorted(image_urls(post)))
    return {url: f"/image/{file.hash}.{FILE_SUFFIXES[file.type]}" for url, file in files.items()}


async def image(site: Site, datasette: Any, request: Any) -> Any:  # noqa: ARG001 - every page takes the same
    """The file of a stored image."""
    digest, suffix = request.url_vars["digest"], request.url_vars["suffix"]
    media_type = next((name for name, known in FILE_SUFFIXES.items() if known == suffix), None)
    folder = site.config.media_folder
    if media_type is None or folder is None:
        raise PageNotFoundError("no such image")
    body = await asyncio.to_thread(ImageFiles(folder).read, image_path(digest, media_type))
    if body is None:
        raise PageNotFoundError("this image is not in the archive")
    headers = {"Content-Security-Policy": IMAGE_POLICY, "Cache-Control": "private, max-age=86400"}
    return Response(body, headers=headers, content_type=media_type)


def _wants_images(request: Any) -> bool:
    return bool(request.args.get("images") == "1")


async def changes(site: Site, datasette: Any, request: Any) -> Any:
    """What changed from each earlier text of a post to the next."""
    shown = await _post(site, request)
    found = post_changes(shown, await site.read(revisions_of, shown.id))
    steps = [(change, shortened(change.edits)) for change in reversed(found)]
    return await html_page(datasette, request, "changes.html", post=shown, steps=steps)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a difference; `left_out` characters of unchanged text are not shown in its place."""

    kind: str
    text: str
    left_out: int = 0


def shortened(edits: list[tuple[Op, str]]) -> list[Piece]:
    """The edits, with the middle of long unchanged text left out."""
    pieces: list[Piece] = []
    for place, (kind, text) in enumerate(edits):
        if kind is not Op.EQUAL:
            pieces.append(Piece(kind.value, text))
            continue
        before = text[:_CONTEXT_CHARS] if place else ""
        after = text[-_CONTEXT_CHARS:] if place < len(edits) - 1 else ""
        left_out = len(text) - len(before) - len(after)
        if left_out < _CONTEXT_CHARS:
            pieces.append(Piece("equal", text))
        else:
            pieces += [Piece("equal", before), Piece("gap", "", left_out), Piece("equal", after)]
    return [piece for piece in pieces if piece.text or piece.left_out]
