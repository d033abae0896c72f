"""Functions on text, bytes and times that know nothing of feeds or articles: charsets, plain text, diffs, dates."""
