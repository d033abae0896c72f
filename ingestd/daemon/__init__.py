"""The process that runs for years: scheduler, revisits of pages, images, hubs, systemd."""
