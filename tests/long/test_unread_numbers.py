"""What gives a metric no number is listed and said, with its reason (S-10, S-53).

Guards against an export whose quantities are not where the metric looks: accepted, metered as 0,
final.
"""

from pathlib import Path

import duckdb

from meterhouse.warehouse.events_without_number import events_without_number
from raw_events.ingest.retract import retract
from tests.long.windows_company import NOON, Company

MODELS = ("+computed_windows", "+bad_quantities", "+open_periods")
MART = """
    select contract_id, property, reason, events::int, example_transaction_id
    from marts.bad_quantities where metric = 'llm_tokens_weighted' order by all
"""


def said(home: Path) -> list[str]:
    """The sentences of the run."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return events_without_number(con)


def request(customer: str, **properties: object) -> tuple[str, str, int, dict]:
    """A request on 3 January."""
    return (customer, "llm_request", 3, properties)


def test_each_reason_is_listed_and_said(company: Company) -> None:
    company.land(
        request("acme", input_tokens=3),
        request("acme", tokens=3),
        request("acme", input_tokens=None, output_tokens="many"),
        request("acme", input_tokens=3, output_tokens="few"),
        request("beta", properties={"input_tokens": 3}),
    )
    company.run(models=MODELS)
    assert company.rows(MART) == [
        # a missing one counts as 0 where the other one is there; what is no number is always listed
        ("acme-1", "input_tokens", "missing", 2, "1-1"),
        ("acme-1", "output_tokens", "missing", 1, "1-1"),
        ("acme-1", "output_tokens", "not_a_number", 2, "1-2"),
        ("beta-1", "input_tokens", "missing", 1, "1-4"),
        ("beta-1", "output_tokens", "missing", 1, "1-4"),
    ]
    assert said(company.home) == [
        "3 events of llm_request gave llm_tokens_weighted nothing: no `input_tokens`, "
        "no `output_tokens` (mart bad_quantities)",
        "2 events of llm_request gave llm_tokens_weighted what is no number: `output_tokens` "
        "(mart bad_quantities)",
    ]
    # It says what stands in the open periods, also where a run has not computed those days.
    before = said(company.home)
    company.land(("acme", "llm_request", 4, {"input_tokens": 1, "output_tokens": 1}))
    company.run(models=MODELS)
    assert said(company.home) == before


def test_sent_right_instead_nothing_is_said(company: Company) -> None:
    """The way out of a wrong export: taken back, sent again with the same ids."""
    company.land(request("acme", tokens=3))
    company.run(models=MODELS)
    assert len(said(company.home)) == 1
    retract(company.home, ["1-0"], "tokens stand elsewhere", "mara", NOON)
    company.batches = 0
    company.land(request("acme", input_tokens=3))
    company.run(models=MODELS)
    assert (company.rows(MART), said(company.home)) == ([], [])
