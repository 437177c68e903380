"""The steps of a run, one a file, as plain functions: whoever starts a run goes through these.

    land → price book → inputs → models → ledger → published

The Dagster job `run` has an asset for each; `meterhouse live` calls them in one process, again and
again (`once.py`, `live.py`).
"""
