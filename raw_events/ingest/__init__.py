"""A file of events becomes one batch of the log; the drop folder."""
