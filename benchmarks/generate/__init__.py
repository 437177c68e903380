"""What is measured is generated: events and price books, from a seed, always the same."""
