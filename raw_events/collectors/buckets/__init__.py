"""Buckets whose objects are files of events: S3 and what speaks like it, Google Cloud, Azure."""
