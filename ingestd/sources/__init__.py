"""The sources that are polled: made from the configuration, with their rules; OPML; discovery of feeds."""
