"""`python -m meterhouse.cli`: the same as the command `meterhouse`."""

from meterhouse.cli.main import program

if __name__ == "__main__":
    program()
