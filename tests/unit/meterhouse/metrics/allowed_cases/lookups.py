"""Lookup tables in a metric's SQL: each window meets the rows of its own price book, once.

Guards against a quantity that changes with what else the warehouse holds: a lookup table has the
rows of all price books there, those of closed periods too (S-43, S-47), in no order (S-4).
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import EVENTS, HEAD, TIES, E, of

W = "{{ lookup('model_weights') }}"
BOOKS = "the rows of all price books"
# Weights of each model, known to be one row each: an order by the model is total.
DISTINCT = f"with w as (select distinct price_book, model, weight from {W})"
IN_BOOK = "over (partition by price_book order by"
TOTAL = f"{HEAD}sum(x) as q{EVENTS}join"
BY_BOOK = "using (price_book) group by all"


def _with(part: str) -> str:
    """A metric that joins a part over lookup tables, which has x, by its book."""
    return f"with w as ({part}) {TOTAL} w {BY_BOOK}"


# What it is called → (the file's text, words of the refusal).
REFUSED = {
    "the largest of all books": (
        f"{HEAD}max(event_seq) * (select max(weight) from {W}) as q{EVENTS}",
        BOOKS,
    ),
    "whether any book has it": (
        f"select *{EVENTS}where event_type in (select model from {W})",
        BOOKS,
    ),
    "whether some row exists": (f"select *{EVENTS}where exists (select 1 from {W})", BOOKS),
    "every book's rows": (f"{HEAD}sum(weight) as q{EVENTS}cross join {W} group by all", BOOKS),
    "joined by the model alone": (
        f"{E} {of('e')} sum(weight) as q from e join {W} as w on e.event_type = w.model "
        f"group by all",
        BOOKS,
    ),
    "joined by a book or anything": (
        f"{E} {of('e')} sum(weight) as q from e join {W} as w on e.price_book = "
        f"w.price_book or true "
        "group by all",
        BOOKS,
    ),
    "kept if any book has it": (
        f"{E} select * from e semi join {W} as w on e.event_type = w.model",
        BOOKS,
    ),
    "a book of its own": (
        f"with a as ({HEAD}'0123' as price_book{EVENTS}) {HEAD}sum(weight) as q "
        f"from a join {W} using (price_book) group by all",
        "makes a price_book of its own",
    ),
    "a book put in its place": (
        f"with a as (select * replace ('0123' as price_book){EVENTS}) {HEAD}sum(weight) as q "
        f"from a join {W} using (price_book) group by all",
        "changes or leaves out a column",
    ),
    "a book in a list": (
        f"{E} {of('e')} count(*) as q from e cross join (values ('x')) as v(price_book) "
        f"group by all",
        "in a list",
    ),
    "a lookup's columns under other names": (
        f"{HEAD}sum(a) as q{EVENTS}join {W} as w(model, price_book, a) using (price_book) "
        f"group by all",
        "in a list",
    ),
    "totals of all books": (
        _with(f"select max(price_book) as price_book, sum(weight) as x from {W}"),
        BOOKS,
    ),
    "totals without their book": (
        _with(f"select model, sum(weight) as x from {W} group by all"),
        BOOKS,
    ),
    "ranked over all books": (
        _with(f"select price_book, rank() over (order by weight) as x from {W}"),
        BOOKS,
    ),
    "two lookups of different books": (
        _with(f"select a.price_book, b.weight as x from {W} as a join {W} as b using (model)"),
        BOOKS,
    ),
    "constants that some book has": (
        f"with v as (select 1 as k from (values ('a')) as t(model) semi join {W} using (model)) "
        f"{HEAD}sum(k) as q{EVENTS}cross join v group by all",
        BOOKS,
    ),
    "constants beside a lookup's rows": (
        _with(
            f"select price_book, weight as x from {W} union all select 'b' as price_book, 1 as x"
        ),
        "beside events or a lookup",
    ),
    "books and models by place": (
        _with(f"select price_book, model from {W} union all select model, price_book from {W}"),
        "by place",
    ),
    "a place with ties": (
        _with(f"select price_book, row_number() {IN_BOOK} weight) as x from {W}"),
        TIES,
    ),
    "the model of the largest weight": (
        _with(f"select price_book, arg_max(length(model), weight) as x from {W} group by all"),
        TIES,
    ),
    "the one before": (
        _with(f"select price_book, lag(weight) {IN_BOOK} weight) as x from {W}"),
        TIES,
    ),
    "a sum by rows": (
        _with(f"select price_book, sum(weight) {IN_BOOK} model rows 1 preceding) as x from {W}"),
        TIES,
    ),
    "a place among constants": (
        f"with v as (select k, row_number() over (order by n) as x from (values ('a', 1), "
        f"('b', 1)) as t(k, n)) "
        f"{HEAD}sum(x) as q{EVENTS}join v on event_type = k group by all",
        TIES,
    ),
}
ALLOWED = {
    "weights by price book": f"{HEAD}sum(weight) as q{EVENTS}left join {W} using "
    f"(price_book) group by all",
    "by a condition": (
        f"{E} {of('e')} sum(w.weight) as q from e left join {W} as w "
        "on w.price_book = e.price_book and w.model = e.event_type group by all"
    ),
    "events of listed models": (
        f"{E}, w as (select price_book, model as event_type from {W}) "
        f"{HEAD}count(*) as q from e semi join w using (price_book, event_type) group by all"
    ),
    "the largest weight of the book": _with(
        f"select price_book, max(weight) as x from {W} group by all"
    ),
    "ranked in its book": _with(f"select price_book, rank() {IN_BOOK} weight) as x from {W}"),
    "placed in a total order": (
        f"{DISTINCT}, r as (select price_book, row_number() {IN_BOOK} weight, model) as x "
        f"from w) {TOTAL} r {BY_BOOK}"
    ),
    "the model of the largest weight, ties by its name": (
        f"{DISTINCT}, r as (select price_book, arg_max(length(model), row(weight, model)) "
        f"as x from w "
        f"group by all) {TOTAL} r {BY_BOOK}"
    ),
}
