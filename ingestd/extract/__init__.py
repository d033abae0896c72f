"""Page → Article: charset, site rules, generic extractor, metadata, cleaning. Pure: no network, no files, no clock."""
