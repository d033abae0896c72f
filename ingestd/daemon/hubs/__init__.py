"""WebSub: pushes from a hub in place of polls. The protocol, the callback server, and the subscriber."""
