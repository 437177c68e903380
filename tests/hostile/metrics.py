"""Hostile metrics: files of a metric folder of one's own. New findings go here; each is refused."""

CONTRACT = "select contract_id, usage_date, quantity from {{ billable_events() }}"
WINDOW = "contract_id, window_start, window_end"
EVENTS = "with e as (select * from {{ billable_events() }})"
A_WINDOW = "select a.contract_id, a.window_start, a.window_end, count(*) as quantity"
TIED = " and ".join(f"a.{name} = b.{name}" for name in WINDOW.split(", "))

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
    "a third table that nothing ties": (
        "jobs_v1.sql",
        f"{EVENTS} {A_WINDOW} from e as a join e as b on {TIED} join e as c on {TIED} group by all",
    ),
    "a whole row in place of a window": (
        "jobs_v1.sql",
        f"{EVENTS}, a as (select {WINDOW}, arg_max(e, event_seq) as b from e group by all) "
        f"{A_WINDOW} from a join e on {TIED} group by all",
    ),
    "everybody's events in a series": (
        "jobs_v1.sql",
        f"{EVENTS} select {WINDOW}, count(*) as quantity "
        "from e, unnest(range((select count(*)::bigint from e))) group by all",
    ),
    "a series without end": (
        "jobs_v1.sql",
        f"{EVENTS} select {WINDOW}, count(*) as quantity "
        "from e cross join unnest(range(99999999999)) group by all",
    ),
    "another customer's name in front": (
        "jobs_v1.sql",
        f"{EVENTS} select * from (values ('acme')) as w(contract_id), e",
    ),
    "an order that is none": (
        "jobs_v1.sql",
        f"{EVENTS} select {WINDOW}, arg_max(properties, event_seq * 0) as quantity "
        "from e group by all",
    ),
    "a sequence of its own": (
        "jobs_v1.sql",
        f"{EVENTS}, a as (select {WINDOW}, properties, 1 as event_seq from e) "
        f"select {WINDOW}, arg_max(properties, event_seq) as quantity from a group by all",
    ),
    "the same events twice": (
        "jobs_v1.sql",
        f"{EVENTS}, a as (select * from e union all by name select * from e) select {WINDOW}, "
        f"row_number() over (partition by {WINDOW} order by transaction_id) as quantity from a",
    ),
    "an escape in its SQL": ("jobs_v1.sql", "select \x1b[2J"),
    "a hook": (
        "_jobs__models.yml",
        "models:\n  - name: jobs\n    config: {post_hook: drop schema ledger}\n",
    ),
    "YAML that is no YAML": ("_jobs__models.yml", "models: [\n"),
}
