"""What a metric reads, and that it is one statement (S-4).

Guards against SQL of an analyst that runs with the rights of the pipeline: files, other tables, the
catalog, a statement that writes.
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import HEAD, TAIL

# What it is called → (the file's text, words of the refusal).
REFUSED = {
    "a CSV file": ("select * from read_csv('/etc/passwd')", "reads read_csv()"),
    "a file by its name": ("select * from '/etc/passwd.csv'", "reads /etc/passwd.csv"),
    "Parquet": ("select * from read_parquet('x.parquet')", "reads read_parquet()"),
    "a folder": ("select * from glob('/etc/*')", "reads glob()"),
    "deep inside": (
        f"{HEAD}(select max(content) from read_blob('/etc/passwd')){TAIL}",
        "reads read_blob()",
    ),
    "in a macro's argument": (
        HEAD + "{{ to_quantity(\"(select count(*) from read_csv('x'))\") }}" + TAIL,
        "reads read_csv()",
    ),
    "another layer": ("select * from rating.priced_slices", "reads rating.priced_slices"),
    "the price book": ("select * from price_book.contracts", "reads price_book.contracts"),
    "the events' own table": ("select * from events.events", "reads events.events"),
    "the windows' own table": (
        "select * from calendar.due_window_days",
        "reads calendar.due_window_days",
    ),
    "the house under its alias": (
        "select * from (select * from warehouse.events.events) as billable_events",
        "reads warehouse.events.events",
    ),
    "another database": ("select * from other.main.t", "reads other.main.t"),
    "the catalog": ("select * from duckdb_tables()", "reads duckdb_tables()"),
    "the schema": ("select * from information_schema.tables", "reads information_schema.tables"),
    "SQL in a text": ("select * from query('select 1')", "reads query()"),
    "a table by its name": ("select * from query_table('t')", "reads query_table()"),
    "describing": ("select * from (describe rating.slices)", "describes tables"),
    "an unknown lookup": ("select * from {{ lookup('secrets') }}", "does not declare"),
    "no events": ("select 'a' as contract_id, 1 as quantity", "no events' windows"),
    "writing a file": ("copy (select 1) to '/tmp/x.csv'", "is not one `select`"),
    "attaching": ("attach '/tmp/x.duckdb'", "is not one `select`"),
    "installing": ("install httpfs", "is not one `select`"),
    "a setting": ("set threads = 1", "is not one `select`"),
    "an insert": ("insert into ledger.invoices select 1", "is not one `select`"),
    "a deletion": ("delete from price_book.rates", "is not one `select`"),
    "a second statement": ("select 1; select 2", "more than one statement"),
    "nothing": ("", "more than one statement"),
}
