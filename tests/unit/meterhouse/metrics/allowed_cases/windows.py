"""Each row of a metric keeps the contract and the window that its events have.

Guards against a quantity under another contract's name, and against one that is of everybody's
events (S-11).
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import EVENTS, HEAD, E

# What it is called → (the file's text, words of the refusal).
REFUSED = {
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
}
ALLOWED = {
    "a column that is called like its part": (
        f"with seats as ({HEAD}event_date, count(*) as seats{EVENTS}group by all) "
        f"{HEAD}max(seats) as quantity from seats group by all"
    ),
    "branches by name": f"{HEAD}1 as q{EVENTS}union all by name select *{EVENTS}",
}
