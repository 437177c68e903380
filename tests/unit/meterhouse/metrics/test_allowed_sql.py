"""What a metric's SQL may hold: ways to other rows, files, the clock, chance or floats are refused.

Guards against SQL of an analyst that runs with the rights of the pipeline (S-4, S-11, S-18): one
customer's events in another's quantity, and a quantity that is not the same twice.
"""

import duckdb
import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.allowed_sql import metric_sql_problems, sql_problems

HEAD = "select contract_id, window_start, window_end, "
EVENTS = " from {{ billable_events() }} "
TAIL = f" as quantity{EVENTS}group by all"
OVER = "over (partition by contract_id, window_start, window_end order by "
TIES = "can leave two rows equal"
JOINED = "joins events without their window"
E = "with e as (select * from {{ billable_events() }})"


def on(left: str, right: str) -> str:
    """The condition that ties two tables by their window."""
    return "on " + " and ".join(
        f"{left}.{name} = {right}.{name}" for name in ("contract_id", "window_start", "window_end")
    )


def of(table: str) -> str:
    """The window of one table of a join."""
    return f"select {table}.contract_id, {table}.window_start, {table}.window_end, "


# What it is called → (the file's text, words of the refusal).
REFUSED = {
    # joins that do not tie the newly joined side
    "a third that two others are tied for": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} "
        f"join e as c {on('a', 'b')} group by all",
        JOINED,
    ),
    "tied to itself": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('b', 'b')} group by all",
        JOINED,
    ),
    "tied but for the window's end": (
        f"{E} {of('a')} count(*) as q from e as a join e as b "
        "on a.contract_id = b.contract_id and a.window_start = b.window_start group by all",
        JOINED,
    ),
    "tied through another way": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} or true group by all",
        JOINED,
    ),
    "tied to a lookup": (
        f"{E}, w as (select 'x' as contract_id, 1 as window_start, 1 as window_end) "
        f"{of('a')} count(*) as q from e as a cross join w join e as b {on('w', 'b')} group by all",
        JOINED,
    ),
    "tied by a whole row": (
        f"{E}, a as ({HEAD}arg_max(e, event_seq) as s from e group by all) "
        f"{of('a')} count(*) as q from a join e as b {on('a', 's')} group by all",
        "takes a whole row",
    ),
    "a row in a function": (
        f"{E} {HEAD}count(distinct row(e.*)) as q from e group by all",
        "takes a whole row",
    ),
    "rows of an outer join that have no window": (
        f"{E} {of('a')} count(*) over (partition by b.contract_id, b.window_start, b.window_end) "
        f"as q from e as a left join e as b {on('a', 'b')} and b.event_seq = 1",
        "over more than one window",
    ),
    "a right join's missing window": (
        f"{E} select * from e as a right join e as b {on('a', 'b')}",
        "keeps rows without their window",
    ),
    "parted by a lookup's columns": (
        f"{E} {of('e')} count(*) over (partition by w.contract_id, w.window_start, w.window_end) "
        "as q from e cross join {{ lookup('model_weights') }} as w",
        "over more than one window",
    ),
    "another's name by the place of a table": (
        f"{E} select * from (values ('acme')) as w(contract_id), e",
        "without windows first",
    ),
    "another's name by a star": (
        f"{E} select w.*, e.* from e cross join (values ('acme')) as w(contract_id)",
        "without windows first",
    ),
    "another's name by leaving out one's own": (
        f"{E} select * exclude (e.contract_id) from e cross join (values ('acme')) "
        "as w(contract_id)",
        "changes or leaves out",
    ),
    "another's name by place and alias": (
        "select contract_id as a, window_start as b, window_end as c, contract_id, window_start, "
        f"window_end{EVENTS}union all select contract_id, window_start, window_end, event_type, "
        f"window_start, window_end{EVENTS}",
        "by place",
    ),
    # series
    "a query in a series": (
        f"{HEAD}count(*) as q{EVENTS}, unnest(range((select count(*)::bigint{EVENTS}))) "
        "group by all",
        "a query inside unnest()",
    ),
    "a query in a series of the window": (
        f"{HEAD}unnest(generate_series(window_start, (select max(window_end){EVENTS}), "
        f"interval 1 day)) as q{EVENTS}",
        "a query inside",
    ),
    "a long series to cross with": (
        f"{HEAD}count(*) as q{EVENTS} cross join unnest(range(99999999999)) group by all",
        "bounds",
    ),
    # orders that are not total
    "an order computed from the sequence": (
        f"{HEAD}arg_max(properties, event_seq * 0){TAIL}",
        TIES,
    ),
    "a rank by what is computed": (f"{HEAD}row_number() {OVER}event_seq % 2) as q{EVENTS}", TIES),
    "parts that are computed": (
        f"{HEAD}row_number() over (partition by contract_id, window_start, window_end, "
        f"event_seq % 2 order by timestamp) as q{EVENTS}",
        TIES,
    ),
    "a sequence of its own": (
        f"with a as (select * exclude (event_seq), 1 as event_seq{EVENTS}) "
        f"{HEAD}arg_max(event_type, event_seq) as q from a group by all",
        "makes an event_seq of its own",
    ),
    "a sequence by replacing": (
        f"with a as (select * replace (1 as event_seq){EVENTS}) select * from a",
        "makes an event_seq of its own",
    ),
    "a transaction of its own": (
        f"with a as ({HEAD}event_type, 'x' as transaction_id{EVENTS}) "
        f"{HEAD}arg_max(event_type, transaction_id) as q from a group by all",
        TIES,
    ),
    "events twice": (
        f"with a as (select *{EVENTS}union all select *{EVENTS}) "
        f"{HEAD}row_number() {OVER}transaction_id) as q from a",
        TIES,
    ),
    "events twice by name": (
        f"with a as (select *{EVENTS}union all by name select *{EVENTS}) "
        f"{HEAD}row_number() {OVER}event_seq) as q from a",
        TIES,
    ),
    "events repeated by a join": (
        f"{E}, a as (select e.*, w.k from e cross join (values (1), (2)) as w(k)) "
        f"{HEAD}arg_max(k, event_seq) as q from a group by all",
        TIES,
    ),
    "events repeated by a series": (
        f"with a as (select *, unnest(range(3)) as k{EVENTS}) "
        f"{HEAD}arg_max(k, event_seq) as q from a group by all",
        TIES,
    ),
    "groups without what they are of": (
        f"with a as ({HEAD}upper(event_type), count(*) as n{EVENTS}group by all) "
        f"{HEAD}arg_max(n, contract_id) as q from a group by all",
        TIES,
    ),
    "a group's name for something else": (
        f"with a as ({HEAD}upper(event_type) as event_type, count(*) as n{EVENTS}"
        "group by contract_id, window_start, window_end, event_type) "
        f"{HEAD}arg_max(n, event_type) as q from a group by all",
        TIES,
    ),
    "rows without an order": (
        f"{HEAD}sum(event_seq) over (partition by contract_id, window_start, window_end "
        f"rows 1 preceding) as q{EVENTS}",
        TIES,
    ),
    # other data
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
    # more than a select
    "writing a file": ("copy (select 1) to '/tmp/x.csv'", "is not one `select`"),
    "attaching": ("attach '/tmp/x.duckdb'", "is not one `select`"),
    "installing": ("install httpfs", "is not one `select`"),
    "a setting": ("set threads = 1", "is not one `select`"),
    "an insert": ("insert into ledger.invoices select 1", "is not one `select`"),
    "a deletion": ("delete from price_book.rates", "is not one `select`"),
    "a second statement": ("select 1; select 2", "more than one statement"),
    "nothing": ("", "more than one statement"),
    # templates
    "ref": ("select * from {{ ref('slices') }}", "uses ref of dbt"),
    "source": ("select * from {{ source('ledger', 'invoices') }}", "uses source of dbt"),
    "a query while compiling": ("{% do run_query('select 1') %} select 1", "uses run_query"),
    "a hook": ("{{ config(pre_hook='select 1') }} select 1", "uses config of dbt"),
    "the environment": ("select '{{ env_var('HOME') }}'", "uses env_var of dbt"),
    "this": ("select * from {{ this }}", "uses this of dbt"),
    "an attribute of a macro": (
        "select {{ billable_events.context }}",
        "uses the attribute .context",
    ),
    "a call through an attribute": (
        "select {{ billable_events.context['run_query']('select 1') }}",
        "of dbt's templates",
    ),
    "Python": ("select {{ ''.__class__.__mro__ }}", "uses the attribute .__mro__"),
    "an index": ("select {{ 'ab'[0] }}", "uses a getitem"),
    "a filter": ("select {{ 'ab' | upper }}", "uses the filter |upper"),
    "a test": ("select {{ 'ab' is defined }}", "uses the test `is defined`"),
    "a loop": ("{% for i in [1] %}select 1{% endfor %}", "has a statement"),
    "a variable": ("{% set x = 'a' %}select 1", "has a statement"),
    "a macro of its own": ("{% macro billable_events() %}x{% endmacro %}select 1", "a statement"),
    "a call block": ("{% call billable_events() %}{% endcall %}select 1", "a statement"),
    "including": ("{% include 'x' %}select 1", "has a statement"),
    "dbt's own tags": ("{% test x(model) %}{% endtest %}select 1", "not a template"),
    "sums": ("select {{ 1 + 1 }}", "uses a add"),
    "a named argument": ("select * from {{ lookup(name='model_weights') }}", "named arguments"),
    "a comment in an argument": (f"{HEAD}{{{{ to_quantity('1 -- x') }}}}{TAIL}", "a comment"),
    "a template in an argument": (f"{HEAD}{{{{ to_quantity('{{{{ x }}}}') }}}}{TAIL}", "a brace"),
    "two expressions in an argument": (
        f"{HEAD}{{{{ to_quantity('1), (2') }}}}{TAIL}",
        "not one",
    ),
    "a computed property": (
        f"{HEAD}{{{{ property_number('a' ~ 'b') }}}}{TAIL}",
        "spelled out",
    ),
    # the clock, chance, state, floats
    "the clock": (f"{HEAD}epoch_us(now()){TAIL}", "uses now"),
    "the date": (f"{HEAD}max(current_date){TAIL}", "uses current_date"),
    "age": (f"{HEAD}max(age(timestamp)){TAIL}", "uses age"),
    "chance": (f"{HEAD}sum(random()){TAIL}", "uses random"),
    "the machine": ("select current_setting('temp_directory')", "uses current_setting()"),
    "who asks": (f"{HEAD}max(current_user){TAIL}", "uses current_user"),
    "the place of a row": (f"{HEAD}max(rowid){TAIL}", "uses rowid"),
    "a sequence": (f"{HEAD}nextval('s'){TAIL}", "uses nextval"),
    "a function of a schema": (f"{HEAD}main.abs(1){TAIL}", "a function of a schema"),
    "an average": (f"{HEAD}avg(1){TAIL}", "exact_divide()"),
    "a quotient": (f"{HEAD}sum(1) / 2{TAIL}", "exact_divide()"),
    "a cast to double": (f"{HEAD}sum(1)::double{TAIL}", "casts to double"),
    "a float written out": (f"{HEAD}sum(1e3){TAIL}", "the number 1e3"),
    "seconds with a fraction": (f"{HEAD}max(date_part('epoch', timestamp)){TAIL}", "whole number"),
    "any value": (f"{HEAD}any_value(event_seq){TAIL}", "uses any_value()"),
    "the first of some": (f"{HEAD}first(event_seq){TAIL}", "uses first()"),
    "a list": (f"{HEAD}len(list(event_seq)){TAIL}", "uses list()"),
    "the latest without ties broken": (
        f"{HEAD}arg_max(event_type, timestamp){TAIL}",
        "let the order end with event_seq",
    ),
    "a rank without ties broken": (
        f"{HEAD}row_number() {OVER}timestamp) as quantity{EVENTS}",
        "let the order end with event_seq",
    ),
    "a running sum by rows": (
        f"{HEAD}sum(1) {OVER}timestamp rows 1 preceding) as quantity{EVENTS}",
        "let the order end with event_seq",
    ),
    "distinct on": (f"select distinct on (event_type) *{EVENTS}", "has `distinct on`"),
    "a limit": (f"select *{EVENTS}limit 1", "has a limit"),
    "a sample": (f"select *{EVENTS}using sample 10", "takes a sample"),
    "a sample of a table": ("select * from {{ billable_events() }} tablesample 5%", "a sample"),
    # without bounds
    "recursion": (
        "with recursive a as (select 1 as x union all select x + 1 from a) select * from a",
        "recurses",
    ),
    "a long series": (f"{HEAD}count(*) as n{EVENTS}, range(1000000000) group by all", "bounds"),
    "a series of a column": (
        f"{HEAD}unnest(range(event_seq)) as quantity{EVENTS}",
        "bounds",
    ),
    "a series of microseconds": (
        f"{HEAD}unnest(generate_series(window_start, window_end, to_microseconds(1))) as q{EVENTS}",
        "bounds",
    ),
    "a text as long as one likes": (f"{HEAD}repeat('x', 1000000000){TAIL}", "uses repeat()"),
    # other customers' rows
    "a sum of everybody": (f"select 'acme' as contract_id, count(*) as q{EVENTS}", "its own"),
    "a total without its window": (f"select sum(1) as quantity{EVENTS}", "without their window"),
    "grouped by the contract alone": (
        f"select contract_id, count(*) as quantity{EVENTS}group by contract_id",
        "without their window",
    ),
    "a share of everybody": (
        f"{HEAD}count(*) over () as quantity{EVENTS}",
        "over more than one window",
    ),
    "events inside an expression": (
        f"{HEAD}(select count(*){EVENTS}) as quantity{EVENTS}",
        "reads events inside an expression",
    ),
    "events in a condition": (
        f"select *{EVENTS}where event_type in (select event_type{EVENTS})",
        "reads events inside an expression",
    ),
    "everybody beside everybody": (
        f"with a as (select *{EVENTS}), b as (select *{EVENTS}) "
        "select a.contract_id, a.window_start, a.window_end, b.event_seq from a, b",
        "joins events without their window",
    ),
    "joined by the day": (
        f"with a as (select *{EVENTS}), b as (select *{EVENTS}) "
        "select a.contract_id, a.window_start, a.window_end from a join b using (event_date)",
        "joins events without their window",
    ),
    "another's name": (
        f"select 'acme' as contract_id, window_start, window_end, event_seq{EVENTS}",
        "makes a contract_id of its own",
    ),
    "another's name by replacing": (
        f"select * replace ('acme' as contract_id){EVENTS}",
        "changes or leaves out",
    ),
    "another's name by renaming": (
        f"select * rename (event_type as contract_id){EVENTS}",
        "by a pattern",
    ),
    "another's name from a lookup": (
        "select weights.contract_id, window_start, window_end from {{ billable_events() }} "
        "cross join {{ lookup('model_weights') }} as weights",
        "makes a contract_id of its own",
    ),
    "another's name in a list": (
        "with a (contract_id, window_start, window_end) as "
        f"(select event_type, event_date, 1{EVENTS}) select * from a",
        "in a list",
    ),
    "columns put one under the other": (
        f"{HEAD}1 as q{EVENTS}union all select event_type, window_start, window_end, 1{EVENTS}",
        "by place",
    ),
    "made-up rows": (
        f"{HEAD}1 as q{EVENTS}union all by name select 'acme' as contract_id",
        "beside events",
    ),
    "rows that only a lookup has": (
        "select * from {{ billable_events() }} as e "
        "right join {{ lookup('model_weights') }} as w using (price_book)",
        "keeps rows of a lookup table",
    ),
    "a natural join": (
        "select * from {{ billable_events() }} natural join {{ lookup('model_weights') }}",
        "a natural join",
    ),
}
ALLOWED = {
    "three tied one after the other": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} "
        f"left join e as c {on('c', 'b')} and c.event_seq < a.event_seq group by all"
    ),
    "events that others answer": (
        f"{E} {of('a')} row_number() over (partition by a.contract_id, a.window_start, "
        "a.window_end order by a.event_seq desc nulls last) as q from e as a "
        f"semi join e as b {on('a', 'b')}"
    ),
    "a column that is called like its part": (
        f"with seats as ({HEAD}event_date, count(*) as seats{EVENTS}group by all) "
        f"{HEAD}max(seats) as quantity from seats group by all"
    ),
    "a computed order that ends with the sequence": (
        f"{HEAD}row_number() {OVER}epoch_us(timestamp) desc, event_seq) as q{EVENTS}"
    ),
    "what is distinct, ranked": (
        f"with a as (select distinct contract_id, window_start, window_end, event_type{EVENTS}) "
        f"{HEAD}row_number() {OVER}event_type) as q from a"
    ),
    "ordered before a lookup is joined": (
        f"with a as ({HEAD}price_book, row_number() {OVER}event_seq) as place{EVENTS}) "
        f"{of('a')} sum(place * w.weight) as q from a left join {{{{ lookup('model_weights') }}}} "
        "as w using (price_book) group by all"
    ),
    "a sum": HEAD + "{{ to_quantity('sum(' ~ property_number('a') ~ ')') }}" + TAIL,
    "all ways of one declaration": "{{ declared_metric() }}",
    "the latest": f"{HEAD}arg_max(event_type, row(timestamp, event_seq)){TAIL}",
    "a running sum": f"{HEAD}sum(1) {OVER}timestamp, event_seq rows 1 preceding) as q{EVENTS}",
    "the day's peak, ranked": (
        f"with days as ({HEAD}event_date, max(event_seq) as peak{EVENTS}group by all) "
        f"{HEAD}row_number() {OVER}peak, event_date) as quantity from days"
    ),
    "a self-join in its window": (
        f"with a as (select *{EVENTS}), b as (select *{EVENTS}) {HEAD}count(*) as q from a "
        "left join b using (contract_id, window_start, window_end, event_date) group by all"
    ),
    "a lookup": (
        f"{HEAD}sum(weight) as quantity{EVENTS}as events "
        "left join {{ lookup('model_weights') }} as weights using (price_book) group by all"
    ),
    "every day of the window": (
        f"with days as (select distinct contract_id, window_start, window_end, "
        f"unnest(generate_series(window_start, window_end - 1, interval 1 day)) as day{EVENTS}) "
        "select * from days"
    ),
    "weights in place": (
        f"{HEAD}sum(weight) as quantity{EVENTS}as events inner join "
        "(values ('a', 1), ('b', 2)) as weights(kind, weight) on events.event_type = kind "
        "group by all"
    ),
    "branches by name": f"{HEAD}1 as q{EVENTS}union all by name select *{EVENTS}",
}


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize("sql, said", REFUSED.values(), ids=REFUSED)
def test_what_is_not_on_the_list_is_refused(con: duckdb.DuckDBPyConnection, sql: str, said: str):
    problems = sql_problems(sql, {"model_weights"}, con)
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("sql", ALLOWED.values(), ids=ALLOWED)
def test_what_metrics_need_is_allowed(con: duckdb.DuckDBPyConnection, sql: str):
    assert sql_problems(sql, {"model_weights"}, con) == []


def test_the_metrics_of_the_project_pass():
    assert metric_sql_problems(DBT_PROJECT) == []
