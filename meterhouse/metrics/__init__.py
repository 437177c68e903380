"""Metrics: registry, declaration, what their SQL may do, publishing, scaffold, try-out."""
