"""Posts as the commands print them in JSON."""

from dataclasses import asdict
from typing import Any

from ingestd.model.post import Post
from ingestd.text.times import utc_text


def post_record(post: Post, *, content: bool = True) -> dict[str, Any]:
    """A post for JSON output: the columns of the table `posts`, times as UTC text."""
    fields = asdict(post)
    for name in ("date", "fetched_at", "updated_at", "modified_at"):
        fields[name] = utc_text(fields[name]) if fields[name] else None
    fields["extra"] = dict(post.extra)
    return (
        fields if content else {key: value for key, value in fields.items() if key not in ("content", "text", "extra")}
    )
