"""Rules for single sites: CSS selectors that name the article."""
