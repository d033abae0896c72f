"""Bytes → Feed and Entries: RSS, RDF, Atom and JSON Feed, whatever state they arrive in."""
