"""What every package here needs: durable files, errors, limits, threads."""
