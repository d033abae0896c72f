"""Rules for single sites: CSS selectors for the article and its metadata."""
