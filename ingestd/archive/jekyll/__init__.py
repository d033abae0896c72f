"""Jekyll files in both directions: one post, one file (docs/archive-format.md)."""
