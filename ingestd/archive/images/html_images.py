"""The images that the HTML of a post shows: their addresses, and the same HTML with other addresses. Pure."""

import html
import re
from collections.abc import Mapping

from ingestd.model.post import Post

#: Images that are taken from one post; the others are left out.
MAX_IMAGES = 200
#: Longest address that is taken.
MAX_URL_CHARS = 2000

# No step of these can match in two ways, so that no text makes them slow.
_IMAGE = re.compile(r"""<img(?=[\s/])((?>[^>"'<]++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_SOURCE = re.compile(r"""(?<![\w-])src\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""", re.IGNORECASE)
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")


def image_urls(post: Post) -> tuple[str, ...]:
    """The http(s) addresses of a post's lead image and of the images in its body, each once, in that order."""
    found = [post.image] if post.image else []
    found += [address for tag in _IMAGE.finditer(post.content) if (address := _address(tag[1]))]
    return tuple(dict.fromkeys(url for url in found if _is_fetchable(url)))[:MAX_IMAGES]


def _is_fetchable(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= MAX_URL_CHARS


def _source(attributes: str) -> re.Match[str] | None:
    """Where the attributes of a tag name its source: never within the value of another attribute."""
    hidden = _QUOTED.sub(lambda value: value[0][0] + "_" * (len(value[0]) - 2) + value[0][0], attributes)
    shown = _SOURCE.search(hidden)
    return _SOURCE.match(attributes, shown.start()) if shown else None


def _address(attributes: str) -> str | None:
    found = _source(attributes)
    return html.unescape(found[1].strip("\"'")).strip() if found else None


def replace_image_urls(markup: str, places: Mapping[str, str]) -> str:
    """The same HTML with the images at these addresses shown from these places instead; nothing else is touched."""
    return _IMAGE.sub(lambda tag: _with_source(tag, places), markup) if places else markup


def _with_source(tag: re.Match[str], places: Mapping[str, str]) -> str:
    found = _source(tag[1])
    place = places.get(_address(tag[1]) or "")
    if found is None or place is None:
        return tag[0]
    start, end = (tag.start(1) - tag.start() + at for at in found.span(1))
    return f'{tag[0][:start]}"{html.escape(place)}"{tag[0][end:]}'
