"""What people read on the command line, made from the published marts alone."""
