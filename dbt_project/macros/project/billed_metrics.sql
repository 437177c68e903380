{# The metric versions that products may point at, one line each; first of all the reference metrics
   (S-16). A version that is not listed here
   is not billed; a test over the project says so when a metric's file is missing from this list. #}
{% macro billed_metrics() %}
    {{ return([
        ('active_users', 1),
        ('api_calls', 1),
        ('api_errors_ratio', 1),
        ('api_latency_p95', 1),
        ('instance_seconds', 1),
        ('instance_seconds', 2),
        ('llm_tokens', 1),
        ('llm_tokens', 2),
        ('llm_tokens_weighted', 1),
        ('min_free_gb', 1),
        ('peak_connections', 1),
        ('seats_by_day', 1),
        ('storage_gb_daily_avg', 1),
        ('storage_gb_daily_avg', 2),
        ('storage_gb_latest', 1),
        ('storage_gb_latest', 2),
        ('storage_gb_time_avg', 1),
        ('storage_gb_time_avg', 2),
        ('transfer_bytes', 1),
    ]) }}
{% endmacro %}
