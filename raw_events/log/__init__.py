"""The append-only Delta log: entries, checksums, verification."""
