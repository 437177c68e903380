"""Sources that are asked for events: databases, streams, buckets. Each ends in the one landing."""
