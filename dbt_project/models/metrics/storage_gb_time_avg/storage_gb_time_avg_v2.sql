-- one row per contract, window and region: storage averaged over time, to the microsecond, as it was before included
{{ declared_metric() }}
