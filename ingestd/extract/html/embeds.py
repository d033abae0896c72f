"""Images, videos and audio of a tree brought into plain shape, in place: one `<img src>` or one link each."""

import re
from collections.abc import Mapping
from itertools import islice

from lxml import etree

from ingestd.extract.html.links import best_of_set, image_address, is_placeholder, is_tracker, video_link
from ingestd.extract.html.tree import Element, attributes_of, remove_all, replace_by_text, text_of, words

_EMOJI = re.compile(r"\b(?:wp-smiley|emoji|emojione|twemoji)\b")
#: An element around a lazy image holds no more than this.
_MOST_IN_TWIN = 8
_TINY_SIZES = frozenset("012")
_TINY = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[012](?:px)?\s*(?:;|$)")


_MEDIA = words(
    "noscript picture amp-img image graphic img iframe amp-iframe embed amp-youtube lite-youtube video audio amp-video"
)


def resolve_media(root: Element, base: str | None) -> None:
    """Give every image its real address, drop spacers and counting pixels, turn players into links."""
    present = {element.tag for element in root.iter(*_MEDIA)}
    if not present:
        return
    if present == {"img"}:
        remove_all(root, [element for element in root.iter("img") if not _keeps_image(element)])
        return
    for element in list(root.iter("noscript")):
        _noscript(element)
    for element in list(root.iter("picture")):
        _picture(element)
    for element in list(root.iter("amp-img", "image", "graphic")):
        element.tag = "img"
    remove_all(root, [element for element in root.iter("img") if not _keeps_image(element)])
    for element in list(root.iter("iframe", "amp-iframe", "embed", "amp-youtube", "lite-youtube")):
        _player(element, base)
    for element in list(root.iter("video", "audio", "amp-video")):
        _recording(element)


def _keeps_image(image: Element) -> bool:
    """Give an image its real address; False for what shows nothing. A picture of an emoji becomes the emoji."""
    attributes = attributes_of(image)
    if is_emoji(attributes):
        image.tag, image.text = "span", attributes["alt"].strip()
        return True
    source = shown_source(attributes)
    if source:
        image.set("src", source)
    return source is not None


def is_emoji(attributes: Mapping[str, str]) -> bool:
    """True for the picture of an emoji, by the attributes of its `<img>`; its `alt` is the emoji."""
    names = attributes.get("class")
    return bool(names and _EMOJI.search(names)) and 0 < len(attributes.get("alt", "").strip()) < 12


def shown_source(attributes: Mapping[str, str]) -> str | None:
    """The real address of an image, by the attributes of its `<img>`; None where it shows nothing."""
    source = image_address(attributes)
    return None if not source or is_tracker(source) or _is_tiny(attributes) else source


def _is_tiny(attributes: Mapping[str, str]) -> bool:
    """True for an image of at most two pixels; a lazy image's placeholder size is not its own."""
    width, height = _size(attributes.get("width")), _size(attributes.get("height"))
    if (width in _TINY_SIZES or not width) and (height in _TINY_SIZES or not height) and (width or height):
        return True
    style = attributes.get("style")
    return bool(style and _TINY.search(style))


def _size(value: str | None) -> str:
    return value.strip().removesuffix("px") if value else ""


def _noscript(element: Element) -> None:
    """The twin of a lazy image: the better of the two stays; a `<noscript>` without image goes.

    HTML parsers with scripting leave the content as text, so it may have to be parsed first.
    """
    images = list(element.iter("img")) or _parsed_images(element.text)
    source = shown_source(attributes_of(images[0])) if images else None
    if not source:
        replace_by_text(element, "")
        return
    twin = _image_before(element)
    target = twin if twin is not None else etree.Element("img")
    if twin is None:
        target.tail, element.tail = element.tail, None
        _parent(element).replace(element, target)
    else:
        replace_by_text(element, "")
    if twin is None or not image_address(attributes_of(twin)):
        _take_over(target, images[0], source)


def _take_over(target: Element, image: Element, source: str) -> None:
    for name in [name for name in target.attrib if name != "alt"]:
        del target.attrib[name]
    target.set("src", source)
    alt = image.get("alt")
    if alt and not target.get("alt"):
        target.set("alt", alt)


def _parsed_images(text: str | None) -> list[Element]:
    if not text or "<img" not in text:
        return []
    tree = etree.fromstring(text[:20_000], etree.HTMLParser())
    return [] if tree is None else list(tree.iter("img"))


def _image_before(element: Element) -> Element | None:
    """The image that a `<noscript>` doubles: directly before or after it, or inside the element before."""
    for neighbour in (element.getprevious(), element.getnext()):
        if neighbour is None or not isinstance(neighbour.tag, str):
            continue
        inside = list(islice(neighbour.iter(etree.Element), _MOST_IN_TWIN))
        images = [part for part in inside if part.tag == "img"]
        if len(images) == 1 and len(inside) < _MOST_IN_TWIN and not text_of(neighbour):
            return images[0]
    return None


def _picture(picture: Element) -> None:
    """One image of a `<picture>`: the widest candidate of its image or its sources."""
    image = next(picture.iter("img"), None)
    if image is None:
        image = etree.Element("img")
    best = _best_source(picture)
    image.tail, picture.tail = picture.tail, None
    _parent(picture).replace(picture, image)
    if best_of_set(image.get("srcset", "") or image.get("data-srcset", "")):
        return
    source = image_address(attributes_of(image))
    if best and (not source or best[0] > 1):
        image.set("src", best[1])
        image.set("data-original", best[1])


def _best_source(picture: Element) -> tuple[float, str] | None:
    found = [best_of_set(source.get("srcset") or source.get("data-srcset") or "") for source in picture.iter("source")]
    usable = [candidate for candidate in found if candidate and not is_placeholder(candidate[1])]
    return max(usable, key=lambda candidate: candidate[0], default=None)


def _player(frame: Element, base: str | None) -> None:
    youtube = frame.get("data-videoid") or frame.get("videoid")
    source = f"https://www.youtube.com/embed/{youtube}" if youtube else frame.get("data-src") or frame.get("src")
    link = video_link(source, base)
    if link:
        _replace_by_link(frame, link, frame.get("title") or "Video")
    else:
        replace_by_text(frame, "")


def _recording(element: Element) -> None:
    sources = [element.get("src"), element.get("data-src"), *(source.get("src") for source in element.iter("source"))]
    link = next((source for source in sources if source and not source.startswith(("blob:", "data:"))), None)
    name = "Audio" if element.tag == "audio" else "Video"
    if link:
        _replace_by_link(element, link, element.get("title") or name)
    else:
        replace_by_text(element, "")


def _replace_by_link(element: Element, link: str, text: str) -> None:
    paragraph = etree.Element("p")
    anchor = etree.SubElement(paragraph, "a", href=link)
    anchor.text = text
    paragraph.tail, element.tail = element.tail, None
    _parent(element).replace(element, paragraph)


def _parent(element: Element) -> Element:
    parent = element.getparent()
    assert parent is not None, "media stands inside a body"
    return parent
