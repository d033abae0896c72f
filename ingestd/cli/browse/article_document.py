"""The document of an article for its sandboxed frame."""

import re
from html import escape

from ingestd.archive.images.html_images import link_images
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


def article_document(post: Post, *, images: bool) -> str:
    """The article as a whole page; without `images` each is a link.

    It is cleaned again, because anything can have been written into the database; what cleaning lets pass, the policy
    of the response forbids (`security.article_policy`).
    """
    content = clean_html(post.content)
    if not images:
        # A link within a link is none: an image that is linked leads to itself.
        content = link_images(_LINKED_IMAGE.sub(lambda link: _ANCHOR_TAGS.sub("", link[0]), content))
    return _PAGE.format(
        language=escape(post.language or ""), title=escape(post.title), body=content if content.strip() else _NO_TEXT
    )
