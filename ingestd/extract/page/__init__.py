"""What a page states about itself: charset, metadata, bylines, the next page, and whether it is an error page."""
