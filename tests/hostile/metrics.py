"""Hostile metrics: files of a metric folder of one's own. New findings go here; each is refused."""

CONTRACT = "select contract_id, usage_date, quantity from {{ billable_events() }}"

# What it is → (file name, text).
REFUSED = {
    "Python": ("jobs_v1.py", "def model(dbt, session):\n    return None\n"),
    "a suffix in capitals": ("jobs_v1.SQL", CONTRACT),
    "an attribute of a macro": ("jobs_v1.sql", "select '{{ billable_events.context }}'"),
    "the environment": ("jobs_v1.sql", "select '{{ env_var(\"SOURCE_PASSWORD\") }}' as quantity"),
    "a statement": ("jobs_v1.sql", "{% do run_query('drop schema ledger') %}" + CONTRACT),
    "a filter": ("jobs_v1.sql", "select '{{ 'a' | attr('__class__') }}'"),
    "two queries": ("jobs_v1.sql", "select 1; drop schema ledger"),
    "a file": ("jobs_v1.sql", "select * from read_text('/etc/passwd')"),
    "another customer's ledger": ("jobs_v1.sql", "select * from ledger.invoices"),
    "an escape in its SQL": ("jobs_v1.sql", "select \x1b[2J"),
    "a hook": (
        "_jobs__models.yml",
        "models:\n  - name: jobs\n    config: {post_hook: drop schema ledger}\n",
    ),
    "YAML that is no YAML": ("_jobs__models.yml", "models: [\n"),
}
