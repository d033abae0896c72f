"""Fetches the files of a sitemap that may have changed: the file at the source's address, and of an index the newest.

address ─fetch─▶ index ─choose, in a worker─▶ files ─conditional fetch, where they may have changed─▶ documents

What the index says of a file (`lastmod`) decides whether it is asked for; one of which it says nothing is asked for at
each poll, by its own validators. Every request counts against one bound, whatever names the file: indexes may form
loops, or have millions of files.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ingestd import policy
from ingestd.feeds.fingerprint import fingerprint
from ingestd.feeds.sitemaps.choice import IndexChoice, choose_children
from ingestd.feeds.sitemaps.files import MAX_SITEMAP_BYTES, is_index
from ingestd.fetch import Client
from ingestd.model.errors import Outcome, PermanentError, PollError
from ingestd.model.feed import Problem
from ingestd.model.http import Request, Response
from ingestd.model.sitemap import SitemapDocument, SitemapFile
from ingestd.model.source import Source, SourceState
from ingestd.poll.context import PollContext
from ingestd.poll.jobs import CHOOSE_SITEMAP_FILES

#: Files below the source's own address that one poll asks for, and how deep indexes may be nested.
MAX_FILES = 8
MAX_DEPTH = 3
#: CPU seconds that the job of one index may take.
INDEX_DEADLINE_S = 10.0

#: Chooses the files of the index in a response.
_Choose = Callable[[Response], Awaitable[IndexChoice]]


@dataclass(frozen=True, slots=True)
class FetchedSitemap:
    """What was fetched of a sitemap.

    `response` is that of the source's own address, `documents` the files with addresses that have changed; none where
    `outcome` is not OK. `files` is what the next poll has to know. `complete`: no file of the choice was left out.
    """

    outcome: Outcome
    response: Response
    body_digest: str | None
    documents: tuple[SitemapDocument, ...] = ()
    files: tuple[SitemapFile, ...] = ()
    complete: bool = True
    problems: tuple[Problem, ...] = ()


async def fetch_sitemap(state: SourceState, context: PollContext, *, force: bool) -> FetchedSitemap:
    """Fetch what may have changed of a source's sitemap. Raises PollError where nothing of it can be fetched."""

    async def choose(response: Response) -> IndexChoice:
        return await context.workers.run(
            CHOOSE_SITEMAP_FILES,
            response.body,
            url=response.final_url,
            content_type=response.header("content-type"),
            deadline=INDEX_DEADLINE_S,
            too_costly=Outcome.FEED_TOO_COSTLY,
        )

    return await _fetch(state, context.client, choose, force=force)


async def fetch_whole_sitemap(source: Source, client: Client) -> FetchedSitemap:
    """The files of a sitemap that a first poll of a source reads, without worker processes. Raises PollError."""

    async def choose(response: Response) -> IndexChoice:
        return choose_children(response.body, url=response.final_url, content_type=response.header("content-type"))

    return await _fetch(SourceState(source), client, choose, force=True)


async def _fetch(state: SourceState, client: Client, choose: _Choose, *, force: bool) -> FetchedSitemap:
    unconditional = force or policy.should_skip_validators(state.conditional_polls)
    own = SitemapFile(state.source.url, etag=state.etag, last_modified=state.last_modified)
    root = await client.get(sitemap_request(state.source, SitemapFile(own.url) if unconditional else own))
    digest = state.body_digest if root.status == 304 else fingerprint(root.body)
    is_same = root.status == 304 or (digest == state.body_digest and not unconditional)
    if root.status != 304 and not is_index(root.body, root.final_url):
        if is_same:
            return FetchedSitemap(Outcome.UNCHANGED, _without_body(root), digest)
        return FetchedSitemap(Outcome.OK, _without_body(root), digest, (_document(root),))
    walk = _Walk(
        state.source, client, choose, {} if unconditional else {file.url: file for file in state.sitemap_files}
    )
    if is_same:
        walk.add_known_children(own.url, depth=1)
    else:
        await walk.add_children(root, own.url, depth=1)
    await walk.run()
    if not walk.is_complete and walk.leaves != {file.url for file in state.sitemap_files if not file.is_index}:
        # Other files than before: with all of them read, entries of files that are read no more can be forgotten.
        await walk.read_the_rest()
    outcome = Outcome.OK if walk.documents else Outcome.NOT_MODIFIED if root.status == 304 else Outcome.UNCHANGED
    walk.raise_where_nothing_was_read()
    return FetchedSitemap(
        outcome,
        _without_body(root) if root.status != 304 else _with_validators(root, state),
        digest,
        tuple(walk.documents),
        tuple(walk.files.values()),
        walk.is_complete,
        tuple(walk.problems),
    )


def sitemap_request(source: Source, file: SitemapFile) -> Request:
    """A conditional GET of one file."""
    return Request(
        url=file.url,
        accept="feed",
        etag=file.etag,
        last_modified=file.last_modified,
        headers=source.headers,
        proxy=source.proxy,
        ca_file=source.ca_file,
        max_body=MAX_SITEMAP_BYTES,
    )


@dataclass(slots=True)
class _Walk:
    """The files below an index, the next one first. `known` is what the last poll remembered of files, by address."""

    source: Source
    client: Client
    choose: _Choose
    known: Mapping[str, SitemapFile]
    waiting: deque[tuple[SitemapFile, int]] = field(default_factory=deque)
    files: dict[str, SitemapFile] = field(default_factory=dict)
    documents: list[SitemapDocument] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    errors: list[PollError] = field(default_factory=list)
    unread: list[SitemapFile] = field(default_factory=list)
    requests: int = 0
    size: int = 0

    @property
    def leaves(self) -> set[str]:
        """The files with addresses."""
        return {file.url for file in self.files.values() if not file.is_index}

    @property
    def is_complete(self) -> bool:
        """Whether every file was read in this poll."""
        return not self.unread and not self.errors and not self.waiting

    def add(self, files: Iterable[SitemapFile], depth: int) -> None:
        """Files of an index, the newest first: they come before those that wait."""
        own = [(file, depth) for file in files if file.url != self.source.url]
        self.waiting.extendleft(reversed(own))

    def add_known_children(self, url: str, depth: int) -> None:
        """The files that the index at `url` named when it was last read, and which has not changed since."""
        self.add((file for file in self.known.values() if file.parent == url), depth)

    async def add_children(self, response: Response, url: str, depth: int) -> None:
        """The files that are chosen of the index in `response`, which was asked for at `url`."""
        if depth > MAX_DEPTH:
            self._fail(PermanentError(Outcome.TOO_LARGE, f"indexes are nested more than {MAX_DEPTH} deep", url=url))
            return
        choice = await self.choose(response)
        self.problems += choice.problems
        if not choice.children:
            self._fail(PermanentError(Outcome.NOT_A_FEED, "it names no file of a sitemap", url=response.final_url))
        self.add((SitemapFile(child.url, url, lastmod=child.lastmod) for child in choice.children), depth)

    async def run(self) -> None:
        """Ask for all files that may have changed, within the bounds."""
        while self.waiting and self.requests < MAX_FILES and self.size < MAX_SITEMAP_BYTES:
            file, depth = self.waiting.popleft()
            if file.url in self.files:
                continue
            before = self.known.get(file.url)
            if before is not None and before.body_digest and file.lastmod and file.lastmod == before.lastmod:
                self._keep(before, file, depth)
            elif not await self._fetch(file, before, depth):
                break
        if self.waiting:
            reason = f"of the sitemap's files only {len(self.files)} are read in one poll, the newest"
            self.problems.append(Problem(Outcome.TOO_LARGE, reason, self.source.url))

    async def read_the_rest(self) -> None:
        """Read the files that have not changed, too."""
        rest, self.unread = self.unread, []
        for file in rest:
            del self.files[file.url]
            if self.size >= MAX_SITEMAP_BYTES or not await self._fetch(file, None, MAX_DEPTH):
                self.unread.append(file)
                self.files[file.url] = file

    def raise_where_nothing_was_read(self) -> None:
        """Raise the first error where no file could be read."""
        if not self.leaves and not self.errors and self.waiting:
            reason = f"the first {len(self.files)} files name further files, and none has the address of a page"
            raise PermanentError(Outcome.TOO_LARGE, reason, url=self.source.url)
        if self.errors and not self.documents and not self.unread:
            raise self.errors[0]
        self.problems += [
            Problem(error.outcome, f"a file of the sitemap cannot be read: {error.reason}", error.url)
            for error in self.errors
        ]

    def _keep(self, before: SitemapFile, file: SitemapFile, depth: int) -> None:
        self.files[file.url] = replace(before, parent=file.parent, lastmod=file.lastmod)
        if before.is_index:
            self.add_known_children(file.url, depth + 1)
        else:
            self.unread.append(self.files[file.url])

    async def _fetch(self, file: SitemapFile, before: SitemapFile | None, depth: int) -> bool:
        """Ask for one file; False where its host wants no more requests now."""
        self.requests += 1
        try:
            asked = replace(before, url=file.url) if before else SitemapFile(file.url)
            response = await self.client.get(sitemap_request(self.source, asked))
            digest = before.body_digest if before and response.status == 304 else fingerprint(response.body)
            if before is not None and digest == before.body_digest:
                self._keep(before, file, depth)
                return True
            etag, last_modified = policy.validators_to_store(response.headers)
            index = is_index(response.body, response.final_url)
            self.files[file.url] = SitemapFile(file.url, file.parent, index, file.lastmod, etag, last_modified, digest)
            if index:
                await self.add_children(response, file.url, depth + 1)
            else:
                self.size += len(response.body)
                self.documents.append(_document(response))
        except PollError as error:
            self.files[file.url] = SitemapFile(file.url, file.parent)
            error.url = error.url or file.url
            self._fail(error)
            return error.outcome is not Outcome.RATE_LIMITED
        return True

    def _fail(self, error: PollError) -> None:
        self.errors.append(error)


def _document(response: Response) -> SitemapDocument:
    return SitemapDocument(response.final_url, response.body, response.header("content-type"))


def _without_body(response: Response) -> Response:
    return replace(response, body=b"")


def _with_validators(response: Response, state: SourceState) -> Response:
    """A 304 with the validators that it confirms: those that are kept for the next poll."""
    validators = (("etag", state.etag), ("last-modified", state.last_modified))
    have = {name for name, _ in response.headers}
    more = tuple((name, value) for name, value in validators if value and name not in have)
    return replace(response, body=b"", headers=response.headers + more)
