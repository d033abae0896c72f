"""Images of posts: their formats, and their files."""
