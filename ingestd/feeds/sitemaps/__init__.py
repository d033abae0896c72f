"""Sitemaps (https://www.sitemaps.org/protocol.html): their files, their entries, which files of an index to read."""
