"""What is polled: from the configuration to sources and their rules; subscription lists; discovery of feeds."""
