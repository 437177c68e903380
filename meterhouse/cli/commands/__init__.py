"""The commands of `meterhouse`, one module each; cli.py lists them."""
