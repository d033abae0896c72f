"""Where the article stands on a page, and which text wins."""
