"""Entry and page → Article: charset, site rules, generic extractor, metadata, cleaning. No network, files or clock."""
