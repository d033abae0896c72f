"""What the fast cleaner has written: blocks, the inline content being collected, and the elements that are open."""

from ingestd.extract.html.markup import InlineRun, OpenElement
from ingestd.extract.html.safe_syntax import NotInSubsetError

#: Levels of nested elements of the safe subset.
_MAX_DEPTH = 20


class NoTextRun(InlineRun):
    """The content between the items of a list: anything but white space is outside the subset."""

    def add_text(self, text: str | None) -> None:
        if text and not text.isspace():
            raise NotInSubsetError

    def add_image(self, tag: str) -> None:  # noqa: ARG002
        raise NotInSubsetError

    def add_line_break(self) -> None:
        raise NotInSubsetError

    def open_element(self, opening: str) -> OpenElement:  # noqa: ARG002
        raise NotInSubsetError


class SubsetOutput:
    """The output of one pass over the markup. Its methods raise NotInSubsetError where markup needs a parser.

    `out` holds the blocks written so far, `run` the inline content being collected, `open_tags` the names of the open
    elements; `block_allowed` says whether a block may start here. The rest are stacks of open elements: `saved` has
    the output around an element whose content is collected apart, `open_inline` inline elements, `list_attributes`
    those of lists and items, `captions` those of figures.
    """

    __slots__ = (
        "base",
        "block_allowed",
        "captions",
        "list_attributes",
        "open_inline",
        "open_tags",
        "out",
        "run",
        "saved",
    )

    def __init__(self, base: str | None) -> None:
        self.base = base
        self.out: list[str] = []
        self.run = InlineRun()
        self.block_allowed = True
        self.open_tags = [""]
        self.saved: list[tuple[list[str], InlineRun]] = []
        self.list_attributes: list[str] = []
        self.open_inline: list[tuple[OpenElement | None, bool]] = []
        self.captions: list[list[str]] = []

    def flush_run(self) -> None:
        """Write the collected inline content as paragraphs, and start a new run."""
        if self.run.pieces:
            self.out += [f"<p>{part}</p>" for part in self.run.paragraphs()]
            self.run = InlineRun()

    def close(self, closing: str) -> None:
        """Close the element that was opened last. Raises NotInSubsetError where the end tag is of another."""
        if self.open_tags.pop() != closing[1:]:
            raise NotInSubsetError

    def open_block(self, name: str) -> None:
        """Open a block element. Raises NotInSubsetError where none may start."""
        if not self.block_allowed or len(self.open_tags) > _MAX_DEPTH:
            raise NotInSubsetError
        self.open_tags.append(name)
        if self.run.pieces:
            self.flush_run()

    def push_output(self) -> None:
        """Collect the content of the element apart, until `pop_output`."""
        self.saved.append((self.out, self.run))
        self.out, self.run = [], InlineRun()

    def pop_output(self, closing: str) -> list[str]:
        """Close the element and return the blocks of its content."""
        self.close(closing)
        self.flush_run()
        inside = self.out
        self.out, self.run = self.saved.pop()
        return inside

    def open_inline_element(self, name: str, opening: str) -> None:
        """Open an inline element; `opening` is its tag as it is written, "" for one that is replaced by its content."""
        if len(self.open_tags) > _MAX_DEPTH:
            raise NotInSubsetError
        self.open_tags.append(name)
        self.open_inline.append((self.run.open_element(opening) if opening else None, self.block_allowed))
        self.block_allowed = False
