"""What every package here needs: settings, errors, instants, progress."""
