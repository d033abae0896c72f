"""The images that the HTML of a post shows: their URLs, and the same HTML with other URLs. Pure."""

import html
import re
from collections.abc import Mapping

from ingestd.model.post import Post

#: The first images of a post; the others are left out.
MAX_IMAGES = 200
#: Images with longer URLs are left out.
MAX_URL_CHARS = 2000

# Possessive quantifiers and atomic groups: no backtracking, so that time is linear in the length of any text.
_IMAGE = re.compile(r"""<img(?=[\s/])((?>[^>"'<]++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_SOURCE = re.compile(r"""(?<![\w-])src\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""", re.IGNORECASE)
_DESCRIPTION = re.compile(r"""(?<![\w-])alt\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""", re.IGNORECASE)
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")


def image_urls(post: Post) -> tuple[str, ...]:
    """The http(s) URLs of a post's lead image and of the images in its body, each once, in that order."""
    urls = [post.image] if post.image else []
    urls += [url for tag in _IMAGE.finditer(post.content) if (url := _source_url(tag[1]))]
    return tuple(dict.fromkeys(url for url in urls if _is_fetchable(url)))[:MAX_IMAGES]


def _is_fetchable(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= MAX_URL_CHARS


def _source(attributes: str) -> re.Match[str] | None:
    """The `src` in the attributes of a tag; text in the values of other attributes is not matched."""
    masked = _QUOTED.sub(lambda value: value[0][0] + "_" * (len(value[0]) - 2) + value[0][0], attributes)
    match = _SOURCE.search(masked)
    return _SOURCE.match(attributes, match.start()) if match else None


def _source_url(attributes: str) -> str | None:
    source = _source(attributes)
    return html.unescape(source[1].strip("\"'")).strip() if source else None


def replace_image_urls(markup: str, new_urls: Mapping[str, str]) -> str:
    """The HTML with the `src` of its images replaced, by a mapping from old URLs; all else is unchanged."""
    return _IMAGE.sub(lambda tag: _with_source(tag, new_urls), markup) if new_urls else markup


def link_images(markup: str, new_urls: Mapping[str, str]) -> str:
    """The HTML with the `src` of images replaced, and a link in place of the others: named by its `alt` or its file."""
    return _IMAGE.sub(
        lambda tag: _with_source(tag, new_urls) if _source_url(tag[1]) in new_urls else _as_link(tag), markup
    )


def _as_link(tag: re.Match[str]) -> str:
    url = _source_url(tag[1])
    if url is None or not _is_fetchable(url):
        return ""
    described = _DESCRIPTION.search(tag[1])
    name = html.unescape(described[1].strip("\"'")).strip() if described else ""
    shown = name or url.partition("?")[0].rstrip("/").rpartition("/")[2] or url
    return f'<a class="image" href="{html.escape(url)}">{html.escape(shown)}</a>'


def _with_source(tag: re.Match[str], new_urls: Mapping[str, str]) -> str:
    source = _source(tag[1])
    new_url = new_urls.get(_source_url(tag[1]) or "")
    if source is None or new_url is None:
        return tag[0]
    start, end = (tag.start(1) - tag.start() + at for at in source.span(1))
    return f'{tag[0][:start]}"{html.escape(new_url)}"{tag[0][end:]}'
