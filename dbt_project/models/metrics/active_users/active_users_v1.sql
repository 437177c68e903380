-- one row per contract, window and region: the users that made an API call
{{ declared_metric() }}
