"""What a page says about itself: charset, metadata, bylines, its further parts, and whether it is an error page."""
