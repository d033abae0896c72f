"""The configuration, read from one TOML file, and the log."""
