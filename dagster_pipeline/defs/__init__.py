"""Assets, checks, jobs, schedules and sensors: thin, the work is in plain functions elsewhere."""
