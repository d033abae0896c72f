"""ingestd keeps news and blogs for good: feeds in, one clean post per article, in SQLite."""

__version__ = "0.1.0"
