"""File names of exported posts. The permalink of a post derives from its file name: a name once given is kept."""

import hashlib
import re
import unicodedata
from collections.abc import Callable

from ingestd.archive.jekyll.front_matter import quoted_title
from ingestd.model.post import Post
from ingestd.text.characters import has_surrogates, replace_surrogates
from ingestd.text.times import utc_text

MAX_NAME_BYTES = 255
MAX_TITLE_UTF16_UNITS = 50

# What Windows refuses in names; the control characters; and the marks that turn the reading direction, with which a
# name can look like another one.
_UNSAFE = re.compile('[<>:"|?*/\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]')


def _never(_name: str) -> bool:
    return False


def file_name(post: Post, *, taken: Callable[[str], bool] = _never, safe: bool = True) -> str:
    """The name of the file of a post that has none yet: the imported one, else day and title.

    `taken(name)` says whether another post has a name; then a digest of the post's URL tells the two apart, which
    does not depend on which of them came first. `safe=False` gives the name that the old archives gave, which Windows
    and git may refuse.
    """
    name = post.file_name or _fresh_name(post, safe=safe)
    if not taken(name):
        return name
    stem, dot, suffix = name.rpartition(".")
    digest = hashlib.sha256(post.from_url.encode("utf-8", "replace")).hexdigest()
    for length in (8, 16, 64):
        tail = f"-{digest[:length]}{dot}{suffix}"
        candidate = _cut_bytes(stem, MAX_NAME_BYTES - len(tail.encode())) + tail
        if not taken(candidate):
            return candidate
    raise ValueError(f"two posts have the URL {post.from_url}")


def is_usable_name(name: str) -> bool:
    """Whether the name of an imported file can be given to a file again, on this system at least."""
    return not (
        name in {"", ".", ".."}
        or "/" in name
        or "\0" in name
        or has_surrogates(name)
        or len(name.encode()) > MAX_NAME_BYTES
    )


def name_key(name: str) -> str:
    """What two names share that are one name to Windows or macOS: compare names by this, store them as they are."""
    return unicodedata.normalize("NFC", name).casefold()


def cut_units(text: str, units: int) -> str:
    """The longest start of a text within a number of UTF-16 code units that cuts no character in half."""
    if len(text) * 2 <= units:
        return text
    for index, char in enumerate(text):
        units -= 2 if ord(char) > 0xFFFF else 1
        if units < 0:
            return text[:index]
    return text


def _fresh_name(post: Post, *, safe: bool) -> str:
    day = utc_text(post.date)[:10]
    title = replace_surrogates(cut_units(quoted_title(post.title), MAX_TITLE_UTF16_UNITS)).replace("/", "--")
    return f"{day}-{_safe(title) if safe else title.replace(chr(0), '')}.md"


def _safe(title: str) -> str:
    """A part of a name that Windows, macOS and git can all check out."""
    without_escapes = title.replace('\\"', '"').replace("\\", "_")
    return _UNSAFE.sub("_", without_escapes).rstrip(". ") or "untitled"


def _cut_bytes(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
