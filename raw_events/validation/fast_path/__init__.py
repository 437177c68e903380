"""Lines that are written alike, validated as arrays: the same answers, sooner."""
