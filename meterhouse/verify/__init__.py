"""Verification: is what is final what log, price book and code give? (S-47) No Dagster import."""
