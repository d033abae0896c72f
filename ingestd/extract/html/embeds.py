"""Embedded content (HTML, 4.8) of a tree in plain form: each image one `<img src>`, each video or sound one link.

All functions change the tree in place.
"""

import re
from collections.abc import Mapping
from itertools import islice

from lxml import etree

from ingestd.extract.html.links import (
    image_url,
    is_placeholder_image,
    is_tracking_pixel,
    largest_srcset_candidate,
    video_page_url,
)
from ingestd.extract.html.tree import (
    Element,
    attributes_of,
    remove_all,
    replace_with_text,
    settable_text,
    text_of,
    word_set,
)
from ingestd.extract.html.visibility import is_hidden

_EMOJI_CLASS = re.compile(r"\b(?:wp-smiley|emoji|emojione|twemoji)\b")
#: The most elements that may stand in the wrapper of a lazy image, the wrapper included.
_MAX_TWIN_ELEMENTS = 8
_PIXEL_SIZES = frozenset("012")
_PIXEL_SIZE_STYLE = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[012](?:px)?\s*(?:!\s*important\s*)?(?:;|$)")


_MEDIA_TAGS = word_set(
    "noscript picture amp-img image graphic img iframe amp-iframe embed amp-youtube lite-youtube video audio amp-video"
)


def resolve_media(root: Element, base: str | None) -> None:
    """Set the `src` of every image to its real URL, remove spacers and tracking pixels, replace players by links.

    `base` is the URL that relative links of players are resolved against.
    """
    present = {element.tag for element in root.iter(*_MEDIA_TAGS)}
    if not present:
        return
    if present == {"img"}:
        remove_all(root, [element for element in root.iter("img") if not _resolve_image(element)])
        return
    for element in list(root.iter("noscript")):
        _resolve_noscript(element)
    for element in list(root.iter("picture")):
        _resolve_picture(element)
    for element in list(root.iter("amp-img", "image", "graphic")):
        element.tag = "img"
    remove_all(root, [element for element in root.iter("img") if not _resolve_image(element)])
    for element in list(root.iter("iframe", "amp-iframe", "embed", "amp-youtube", "lite-youtube")):
        _replace_player(element, base)
    for element in list(root.iter("video", "audio", "amp-video")):
        _replace_recording(element)


def _resolve_image(image: Element) -> bool:
    """Set the `src` of an image to its real URL; False where it shows no content.

    An image of an emoji is replaced by the emoji.
    """
    attributes = attributes_of(image)
    if is_emoji_image(attributes):
        image.tag, image.text = "span", attributes["alt"].strip()
        return True
    source = displayed_image_url(attributes)
    if source:
        image.set("src", source)
    return source is not None


def is_emoji_image(attributes: Mapping[str, str]) -> bool:
    """True where the attributes of an `<img>` are those of the image of an emoji; its `alt` is the emoji."""
    names = attributes.get("class")
    return bool(names and _EMOJI_CLASS.search(names)) and 0 < len(attributes.get("alt", "").strip()) < 12


def displayed_image_url(attributes: Mapping[str, str]) -> str | None:
    """The URL of an image by the attributes of its `<img>`; None for placeholders, pixels and hidden ones."""
    source = image_url(attributes)
    if not source or is_tracking_pixel(source) or _is_pixel_sized(attributes) or is_hidden("img", attributes):
        return None
    return source


def _is_pixel_sized(attributes: Mapping[str, str]) -> bool:
    """True for an image whose stated width and height are at most two pixels."""
    width, height = _without_px(attributes.get("width")), _without_px(attributes.get("height"))
    if (width in _PIXEL_SIZES or not width) and (height in _PIXEL_SIZES or not height) and (width or height):
        return True
    style = attributes.get("style")
    return bool(style and _PIXEL_SIZE_STYLE.search(style))


def _without_px(value: str | None) -> str:
    return value.strip().removesuffix("px") if value else ""


def _resolve_noscript(element: Element) -> None:
    """Merge the image in a `<noscript>` with the lazy image that it stands in for; remove one without an image.

    Parsers with scripting enabled leave the content of `<noscript>` as text, which is parsed here.
    """
    images = list(element.iter("img")) or _images_in_markup(element.text)
    source = displayed_image_url(attributes_of(images[0])) if images else None
    if not source:
        replace_with_text(element, "")
        return
    twin = _lazy_twin(element)
    target = twin if twin is not None else etree.Element("img")
    if twin is None:
        target.tail, element.tail = settable_text(element.tail or "") or None, None
        _parent(element).replace(element, target)
    else:
        replace_with_text(element, "")
    if twin is None or not image_url(attributes_of(twin)):
        _copy_image(target, images[0], source)


def _copy_image(target: Element, image: Element, source: str) -> None:
    for name in [name for name in target.attrib if name != "alt"]:
        del target.attrib[name]
    target.set("src", source)
    alt = image.get("alt")
    if alt and not target.get("alt"):
        target.set("alt", settable_text(alt))


def _images_in_markup(text: str | None) -> list[Element]:
    if not text or "<img" not in text:
        return []
    tree = etree.fromstring(text[:20_000], etree.HTMLParser())
    return [] if tree is None else list(tree.iter("img"))


def _lazy_twin(element: Element) -> Element | None:
    """The lazy image that a `<noscript>` stands in for: in the element before or after it, which has no text."""
    for neighbour in (element.getprevious(), element.getnext()):
        if neighbour is None or not isinstance(neighbour.tag, str):
            continue
        inside = list(islice(neighbour.iter(etree.Element), _MAX_TWIN_ELEMENTS))
        images = [part for part in inside if part.tag == "img"]
        if len(images) == 1 and len(inside) < _MAX_TWIN_ELEMENTS and not text_of(neighbour):
            return images[0]
    return None


def _resolve_picture(picture: Element) -> None:
    """Replace a `<picture>` by one image: the widest candidate of its image or its sources."""
    image = next(picture.iter("img"), None)
    if image is None:
        image = etree.Element("img")
    best = _largest_source(picture)
    image.tail, picture.tail = settable_text(picture.tail or "") or None, None
    _parent(picture).replace(picture, image)
    if largest_srcset_candidate(image.get("srcset", "") or image.get("data-srcset", "")):
        return
    source = image_url(attributes_of(image))
    if best and (not source or best[0] > 1):
        image.set("src", settable_text(best[1]))
        image.set("data-original", settable_text(best[1]))


def _largest_source(picture: Element) -> tuple[float, str] | None:
    found = [
        largest_srcset_candidate(source.get("srcset") or source.get("data-srcset") or "")
        for source in picture.iter("source")
    ]
    usable = [candidate for candidate in found if candidate and not is_placeholder_image(candidate[1])]
    return max(usable, key=lambda candidate: candidate[0], default=None)


def _replace_player(frame: Element, base: str | None) -> None:
    youtube = frame.get("data-videoid") or frame.get("videoid")
    source = f"https://www.youtube.com/embed/{youtube}" if youtube else frame.get("data-src") or frame.get("src")
    link = video_page_url(source, base)
    if link:
        _replace_with_link(frame, link, frame.get("title") or "Video")
    else:
        replace_with_text(frame, "")


def _replace_recording(element: Element) -> None:
    sources = [element.get("src"), element.get("data-src"), *(source.get("src") for source in element.iter("source"))]
    link = next((source for source in sources if source and not source.startswith(("blob:", "data:"))), None)
    name = "Audio" if element.tag == "audio" else "Video"
    if link:
        _replace_with_link(element, link, element.get("title") or name)
    else:
        replace_with_text(element, "")


def _replace_with_link(element: Element, link: str, text: str) -> None:
    paragraph = etree.Element("p")
    anchor = etree.SubElement(paragraph, "a", href=settable_text(link))
    anchor.text = settable_text(text)
    paragraph.tail, element.tail = settable_text(element.tail or "") or None, None
    _parent(element).replace(element, paragraph)


def _parent(element: Element) -> Element:
    parent = element.getparent()
    assert parent is not None, "media stands inside a body"
    return parent
