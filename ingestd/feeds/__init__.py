"""Bytes → Feed and Entry: RSS, RDF, Atom and JSON Feed, well-formed or not."""
