"""What `ingestd browse` serves: pages of our own beside Datasette's, on one database that is only read."""
