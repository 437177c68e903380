"""What a metric may consist of, by what is allowed: anything that is not listed here is refused.

`files` are those that dbt would take, `template` their Jinja, `declarations` their YAML, `query`
with `sources`, `expressions` and `functions` their SQL. The one door to them is
meterhouse/metrics/allowed_sql.py.
"""
