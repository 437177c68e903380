-- one row per contract, window and region: storage averaged over time, to the microsecond
{{ declared_metric() }}
