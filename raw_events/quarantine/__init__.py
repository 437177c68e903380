"""What could not be taken: keep, list, correct, replay, waive."""
