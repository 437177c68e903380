"""Webhooks: signed messages to addresses of the open internet (S-75)."""
