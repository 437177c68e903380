"""What open periods will come to (S-85): quantities are projected, and rated by the very models.

In a scratch copy of the warehouse, in a job of its own: a run is neither slowed nor failed by it,
and no invoice is made of it. What came out is appended to the log `forecasts/`, which runs publish
(meterhouse/warehouse/forecast_log.py). No Dagster import.

`forecast` from data directory to log · `periods` which periods, and the clock at their ends ·
`quantities` the three paths · `widths` how far low and high are from the middle · `rated` the paths
in money · `commits` whether a commit lasts · `outcomes` what earlier forecasts came to
"""
