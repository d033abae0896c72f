"""The document of an article for its sandboxed frame."""

import re
from collections.abc import Mapping
from html import escape

from ingestd.archive.images.html_images import link_images, replace_image_urls
from ingestd.extract.html.clean import clean_html
from ingestd.model.post import Post

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/assets/article.css">
<base target="_blank">
</head>
<body>
{body}
</body>
</html>
"""
_LINKED_IMAGE = re.compile(r"<a\b[^>]*>\s*(?:<img\b[^>]*>\s*)+</a>", re.IGNORECASE)
_ANCHOR_TAGS = re.compile(r"</?a\b[^>]*>", re.IGNORECASE)
_NO_TEXT = '<p class="none">No text of this article is stored.</p>'


def article_document(post: Post, *, stored_images: Mapping[str, str], load_images: bool) -> str:
    """The article as a whole page.

    `stored_images` are the paths of images in the archive, by their URLs. The others are links, or with `load_images`
    stay as they are.

    It is cleaned again, because anything can have been written into the database; what cleaning lets pass, the policy
    of the response forbids (`security.article_policy`).
    """
    content = clean_html(post.content)
    # A link within a link is none: an image that is linked leads to itself.
    content = _LINKED_IMAGE.sub(lambda link: _ANCHOR_TAGS.sub("", link[0]), content)
    content = replace_image_urls(content, stored_images) if load_images else link_images(content, stored_images)
    return _PAGE.format(
        language=escape(post.language or ""), title=escape(post.title), body=content if content.strip() else _NO_TEXT
    )
