"""Bytes → Feed and Entries: RSS, RDF, Atom and JSON Feed, whatever state they arrive in."""

from ingestd.parse.feeds import parse_feed
from ingestd.parse.fingerprint import fingerprint

__all__ = ["fingerprint", "parse_feed"]
