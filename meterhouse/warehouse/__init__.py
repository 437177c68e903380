"""The doors of the warehouse: typed inputs in, published marts out, one run at a time.

No Dagster import: the assets call these functions, and so do the tests.
"""
