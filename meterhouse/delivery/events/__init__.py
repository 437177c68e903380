"""What there is to tell: each event with its query over a publication, and an example of it."""
