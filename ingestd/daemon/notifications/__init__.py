"""Notifications: events of the outbox, delivered to webhooks and commands."""
