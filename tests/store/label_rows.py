"""Which labels posts have, taken anew from the posts in Python: what `labels` and `post_labels` must hold."""

import json

KEPT = "SELECT p.post_id, l.kind, l.label, l.folded FROM post_labels p JOIN labels l ON l.id = p.label_id"
POSTS = "SELECT id, author, tags, categories, feed_categories FROM posts"


def expected(rows):
    """(post, kind, label, its small letters) of rows of `POSTS`, each once, in order."""
    found = set()
    for post_id, author, *lists in rows:
        labels = [("author", author)]
        for kind, text in zip(("tag", "category", "category"), lists, strict=True):
            labels += [(kind, label) for label in _terms(text)]
        for kind, label in labels:
            small = "".join(char.lower() if char.isascii() else char for char in label[:200])
            found.add((post_id, kind, label[:200], small))
    return sorted(found)


def _terms(text):
    try:
        items = json.loads(text or "[]")
    except ValueError:
        return []
    terms = [item.get("term") if isinstance(item, dict) else item for item in items]
    return [term for term in terms if term is not None]
