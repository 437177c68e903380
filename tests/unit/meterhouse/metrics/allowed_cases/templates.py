"""Which templates a metric's SQL may have: the macros for metrics, called with plain texts.

Guards against dbt running something else while it compiles: a query, a hook, the environment,
another model (S-4).
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import HEAD, TAIL

# What it is called → (the file's text, words of the refusal).
REFUSED = {
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
}
ALLOWED = {
    "a sum": HEAD + "{{ to_quantity('sum(' ~ property_number('a') ~ ')') }}" + TAIL,
    "all ways of one declaration": "{{ declared_metric() }}",
}
