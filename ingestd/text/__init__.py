"""Functions on text, bytes and times, independent of feeds and articles: charsets, plain text, diffs, dates."""
