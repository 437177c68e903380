"""Lists of operations: what keeps usage from being billed, alerts, and what runs cost."""

from meterhouse.server.office.columns import MONTH, SEARCH, Ask, Column, narrowed, searched
from meterhouse.server.office.listing import Listing
from meterhouse.server.tokens import Scope

HELD = Listing(
    "held",
    "Held contracts",
    Scope.OPERATIONS,
    "Contracts that cannot be computed: they have no drafts, and nothing of them becomes final. "
    "Correct the price book or retract the event; the next run goes on by itself.",
    "No contract is held.",
    f"""
    select held.contract_id, contracts.customer_id, product_id, period_start, reason, example
    from {{held_contracts}} as held
    left join {{book.contracts}} as contracts on held.contract_id = contracts.contract_id
    where {searched("held.contract_id", "contracts.customer_id", "product_id", "reason")}
    order by all
    """,
    (
        Column("contract_id", "Contract", "contract"),
        Column("customer_id", "Customer"),
        Column("product_id", "Product"),
        Column("period_start", "Period from", "day"),
        Column("reason", "Why"),
        Column("example", "Look at"),
    ),
    (SEARCH,),
)
_REASONS = Ask("reason", "Why", (("no_rate", "No rate"), ("not_entitled", "Not entitled")))
UNRATED = Listing(
    "unrated",
    "Usage without a price",
    Scope.OPERATIONS,
    "What was metered and is not billed: no rate of the card fits, or the customer is not entitled "
    "to it. A rate that is added counts for periods that are open.",
    "All usage has a price.",
    f"""
    select
        unrated.contract_id, contracts.customer_id, product_id, period_start, pricing_group,
        quantity, reason
    from {{unrated_usage}} as unrated
    left join {{book.contracts}} as contracts on unrated.contract_id = contracts.contract_id
    where {searched("unrated.contract_id", "contracts.customer_id", "product_id")}
        and {narrowed(month="period_start")} and coalesce(reason = $reason, true)
    order by period_start desc, unrated.contract_id, product_id, pricing_group, reason
    """,
    (
        Column("contract_id", "Contract", "contract"),
        Column("customer_id", "Customer"),
        Column("product_id", "Product"),
        Column("pricing_group", "Group", "group"),
        Column("period_start", "Period from", "day"),
        Column("reason", "Why", "words"),
        Column("quantity", "Quantity", "number"),
    ),
    (SEARCH, _REASONS, MONTH),
)
UNSOLD = Listing(
    "unsold",
    "Events that nothing sells",
    Scope.OPERATIONS,
    "Events of a customer that feed no product of its contract: is one forgotten?",
    "Every event feeds a product.",
    f"""
    select contract_id, event_type, period_start, events
    from {{unbilled_event_types}}
    where {searched("contract_id", "event_type")} and {narrowed(month="period_start")}
    order by period_start desc, contract_id, event_type
    """,
    (
        Column("contract_id", "Contract", "contract"),
        Column("event_type", "Event type"),
        Column("period_start", "Period from", "day"),
        Column("events", "Events", "number"),
    ),
    (SEARCH, MONTH),
)
BAD_QUANTITIES = Listing(
    "bad-quantities",
    "Quantities that are no numbers",
    Scope.OPERATIONS,
    "What gave a metric no number although it asks for one; it counts as nothing. Tell who sends "
    "the events, retract them and send the right ones.",
    "Every metric found its numbers.",
    f"""
    select
        metric, metric_version, contract_id, property, reason, events, example_transaction_id
    from {{bad_quantities}}
    where {searched("metric", "contract_id", "property")}
    order by all
    """,
    (
        Column("metric", "Metric"),
        Column("metric_version", "Version", "number"),
        Column("contract_id", "Contract", "contract"),
        Column("property", "Property"),
        Column("reason", "Why", "words"),
        Column("events", "Events", "number"),
        Column("example_transaction_id", "The first"),
    ),
    (SEARCH,),
)
_STATES = Ask("state", "State", (("triggered", "Fired"), ("ok", "Not fired")))
ALERTS = Listing(
    "alerts",
    "Alerts",
    Scope.OPERATIONS,
    "How near each alert is: of spend and usage in the open period, of balances as they stand. "
    "Those that fired come first.",
    "There is no alert: alerts.csv of the price book has none.",
    f"""
    select
        alert_id, kind, customer_id, contract_id, metric, pricing_group, pricing_unit,
        period_start, threshold, value, state, state_since, hard_cap
    from {{alert_states}}
    where {searched("alert_id", "customer_id", "contract_id", "metric")}
        and coalesce(state = $state, true)
    order by state = 'triggered' desc, state_since desc nulls last, alert_id, contract_id,
        metric, pricing_group, pricing_unit, period_start, threshold
    """,
    (
        Column("alert_id", "Alert"),
        Column("customer_id", "Customer"),
        Column("contract_id", "Contract", "contract"),
        Column("kind", "Watches", "watched"),
        Column("threshold", "Threshold", "number"),
        Column("value", "Now", "number"),
        Column("state", "State", "alert_state"),
        Column("state_since", "Since", "moment"),
    ),
    (SEARCH, _STATES),
)
RUNS = Listing(
    "runs",
    "Runs",
    Scope.OPERATIONS,
    "Each run that came to its end, the latest first: what it read and computed, and how long that "
    "took. Windows are stretches of a metric that are computed at once.",
    "No run has come to its end.",
    """
    select
        run_number, as_of, new_files, new_events, windows_computed, windows_left_alone,
        new_final_invoices,
        coalesce(events_seconds, 0) + coalesce(price_book_seconds, 0)
            + coalesce(inputs_seconds, 0) + coalesce(models_seconds, 0)
            + coalesce(ledger_seconds, 0) + coalesce(published_seconds, 0) as seconds,
        models_seconds, published_seconds, nothing_new
    from {runs}
    order by run_number desc
    """,
    (
        Column("run_number", "Run", "number"),
        Column("as_of", "As of", "moment"),
        Column("new_events", "New events", "number"),
        Column("windows_computed", "Windows computed", "number"),
        Column("windows_left_alone", "Left alone", "number"),
        Column("new_final_invoices", "New final invoices", "number"),
        Column("models_seconds", "Models, s", "seconds"),
        Column("seconds", "All, s", "seconds"),
    ),
)
OUTCOMES = Listing(
    "events",
    "Where events went",
    Scope.OPERATIONS,
    "Every event that came in, by day of receipt, source and what became of it.",
    "No event has come in.",
    f"""
    select received_on, source, outcome, events
    from {{event_outcomes}}
    where {searched("source", "outcome")} and {narrowed(month="received_on")}
    order by received_on desc, source, outcome
    """,
    (
        Column("received_on", "Day", "day"),
        Column("source", "Source"),
        Column("outcome", "Outcome", "words"),
        Column("events", "Events", "number"),
    ),
    (SEARCH, MONTH),
)
LISTS = (HELD, UNRATED, UNSOLD, BAD_QUANTITIES, OUTCOMES, ALERTS, RUNS)
