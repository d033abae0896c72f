"""What stands between the headline and the body of an article and belongs to it: standfirst, lead image, player."""

import re
from collections.abc import Sequence
from itertools import islice

from ingestd.extract.body.boilerplate_classes import LEAD_NAME, is_boilerplate_name
from ingestd.extract.body.boilerplate_phrases import is_boilerplate_line
from ingestd.extract.body.edges import is_meta_line
from ingestd.extract.body.name_evidence import NO_ARTICLE_IMAGE
from ingestd.extract.body.quoted_region import folded_descriptions, quotes
from ingestd.extract.html.links import video_page_url
from ingestd.extract.html.tree import Element, class_and_id, text_of, word_set

_HEADING_TAGS = word_set("h1 h2")
_STANDFIRST_TAGS = word_set("p h2 h3 div span")
_IMAGE_TAGS = word_set("img amp-img picture")
_PLAYER_TAGS = word_set("iframe amp-youtube lite-youtube amp-iframe")
#: Characters of a standfirst; in Chinese, Japanese and Korean a third is enough.
_MIN_STANDFIRST_CHARS, _MAX_STANDFIRST_CHARS = 40, 600
#: A paragraph of so many words is a sentence without its full stop.
_MIN_SENTENCE_WORDS = 10
_MAX_STANDFIRST_CHILDREN = 6
_MAX_CAPTION_CHARS = 300
_MIN_PICTURE_PIXELS = 200
_MAX_SEARCHED = 60
_SENTENCE = re.compile(r"[.!?,;:](?:\s|$)|[。！？，、；：]")


def lead_elements(near: Element) -> list[Element]:
    """The parts of an article in an element before its body: picture or player, and the paragraph below the title."""
    if _is_lead_picture(near) or _is_player(near):
        return [near]
    heading = next(near.iter("h1"), None)
    if heading is None:
        return []
    found = [element for element in islice(_after(heading, near), _MAX_SEARCHED) if _is_standfirst(element)]
    pictures = [element for element in islice(_after(heading, near), _MAX_SEARCHED) if element.tag == "figure"]
    return [*found[:1], *filter(_is_lead_picture, pictures[:1])]


def described_standfirst(first: Element, body: Element, descriptions: Sequence[str]) -> Element | None:
    """The standfirst that stands between the headline and `first`, the article's first element, wherever that is.

    It is what the page states as its own description; None where nothing between them is.
    """
    folded = folded_descriptions(descriptions)
    is_below_headline = False
    for element in body.iter("h1", *_STANDFIRST_TAGS) if folded else ():
        if element is first or first in element.iterancestors():
            return None
        if element.tag == "h1":
            is_below_headline = True
        elif is_below_headline and _may_be_standfirst(element) and quotes(text_of(element), folded):
            return element
    return None


def _may_be_standfirst(element: Element) -> bool:
    if (
        len(element) > _MAX_STANDFIRST_CHILDREN
        or next(element.iterancestors("nav", "aside", "footer", "li", "h1"), None) is not None
    ):
        return False
    if next(element.iterdescendants("p", "h2", "h3", "ul", "figure", "time", "h1", "div", "aside"), None) is not None:
        return False
    return len(text_of(element)) <= _MAX_STANDFIRST_CHARS


def _after(heading: Element, near: Element) -> list[Element]:
    elements = list(islice(near.iter(), 4 * _MAX_SEARCHED))
    return elements[elements.index(heading) + 1 :] if heading in elements else []


def _is_standfirst(element: Element) -> bool:
    if (
        element.tag not in _STANDFIRST_TAGS
        or next(element.iter("p", "ul", "figure", "time", "h1"), element) is not element
    ):
        return False
    if element.tag in ("div", "span", "h3") and not LEAD_NAME.search(class_and_id(element)):
        return False
    text = text_of(element)
    size = len(text) if text.isascii() else 3 * len(text)
    if size < _MIN_STANDFIRST_CHARS or len(text) > _MAX_STANDFIRST_CHARS:
        return False
    if not _SENTENCE.search(text) and (element.tag != "p" or len(text.split()) < _MIN_SENTENCE_WORDS):
        return False
    linked = sum(len(text_of(link)) for link in element.iter("a"))
    if next(element.iterancestors("nav", "aside", "footer"), None) is not None:
        return False
    is_named = is_boilerplate_name(class_and_id(element)) if class_and_id(element).strip() else False
    return not is_named and linked * 4 < len(text) and not is_meta_line(text) and not is_boilerplate_line(text)


def _is_lead_picture(near: Element) -> bool:
    """Whether an element is a picture of some size, without text but a caption, and no mark of a site or an author."""
    if near.tag in ("header", "nav", "aside", "footer") or len(text_of(near)) > _MAX_CAPTION_CHARS:
        return False
    images = list(islice(near.iter(*_IMAGE_TAGS), 4))
    if not images or (near.tag not in ("figure", *_IMAGE_TAGS) and text_of(near)):
        return False
    names = " ".join(map(class_and_id, (near, *images)))
    sources = " ".join(image.get("src") or "" for image in images)
    if NO_ARTICLE_IMAGE.search(names) or re.search(r"\.svg\b|logo|avatar|icon", sources, re.IGNORECASE):
        return False
    return all(map(_has_picture_size, images))


def _has_picture_size(image: Element) -> bool:
    sizes = [(image.get(name) or "").strip().removesuffix("px") for name in ("width", "height")]
    return all(int(size) >= _MIN_PICTURE_PIXELS for size in sizes[:1] if size.isascii() and size.isdigit())


def _is_player(near: Element) -> bool:
    if len(text_of(near)) > _MAX_CAPTION_CHARS or near.tag in ("aside", "nav", "footer"):
        return False
    frames = list(islice(near.iter(*_PLAYER_TAGS), 2))
    return bool(frames) and all(
        frame.tag in ("amp-youtube", "lite-youtube") or video_page_url(frame.get("data-src") or frame.get("src"), None)
        for frame in frames
    )
