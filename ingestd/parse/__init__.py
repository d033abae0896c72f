"""Bytes → Feed and Entries: RSS, RDF, Atom and JSON Feed, whatever state they arrive in."""

from ingestd.parse.feeds import parse_feed

__all__ = ["parse_feed"]
