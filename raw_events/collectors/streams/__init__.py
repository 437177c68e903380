"""Streams whose records are events, each one as JSON in the form of S-5: Redis Streams, Kafka."""
