"""All measurements, one after the other: `make bench`."""

from benchmarks import coverage, growing_log

if __name__ == "__main__":
    growing_log.main()
    coverage.main()
