"""`meterhouse explain` for every line of every type: from its amount back to what made it.

The lines are those of the golden scenarios and of corrections/, final and draft.
"""

from decimal import Decimal

import duckdb
import pytest

from meterhouse.reports.explain import explain, text_of
from meterhouse.reports.explain_case import Section
from tests.long.correcting import rows

EVENTS = 2
# line type → how the titles of its sections begin, after the summary.
SECTIONS = {
    "usage": ["How the amount", "Rate", "Slices of the group", "Events: "],
    "late_usage": ["How the amount", "Rate", "Slices of the group", "What was billed", "Events: "],
    "subscription": ["How the amount", "Subscription", "Rate"],
    "composite": ["How the amount", "The lines that the percentage", "Rate"],
    "cap": ["The row of period_limits", "The lines that it counts", "Caps and minimums"],
    "minimum": ["The row of period_limits", "The lines that it counts", "Caps and minimums"],
    "scheduled": ["How the amount", "Scheduled charge"],
    "commit_purchase": ["Invoice schedule", "The commit"],
    "commit_applied": ["The commit", "Ledger of the commit segment", "Charged lines"],
    "unit_conversion": ["How the amount", "The lines behind it", "Conversion rates"],
    "true_up": ["What was committed", "The commit", "Lines of final invoices"],
}
ACME = "corrections-acme-1"
FEBRUARY = f"{ACME}.usage.2026-02-01"


@pytest.fixture(scope="module")
def explained(corrected) -> dict[tuple[str, int], tuple[dict, list[Section]]]:
    """(invoice, line number) → the line as the mart has it, and its explanation."""
    home = corrected / "late"
    with duckdb.connect() as con:
        cursor = con.execute(f"select * from '{(home / 'marts').resolve()}/invoice_lines.parquet'")
        names = [column[0] for column in cursor.description]
        lines = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    keys = [(line["invoice_id"], line["line_number"]) for line in lines]
    return {key: (line, explain(home, *key, EVENTS)) for key, line in zip(keys, lines, strict=True)}


def section(sections: list[Section], beginning: str) -> Section:
    return next(found for found in sections if found.title.startswith(beginning))


def column(found: Section, name: str) -> list:
    place = list(found.columns).index(name)
    return [row[place] for row in found.rows]


def of_type(explained, *line_types: str) -> list[tuple[dict, list[Section]]]:
    return [pair for pair in explained.values() if pair[0]["line_type"] in line_types]


def test_every_type_of_line_is_there_and_explained(explained, record_property):
    assert {line["line_type"] for line, _ in explained.values()} == SECTIONS.keys()
    for line, sections in explained.values():
        titles = iter([found.title for found in sections[1:]])
        for wanted in SECTIONS[line["line_type"]]:
            assert any(title.startswith(wanted) for title in titles), (line, wanted)
        assert sections[0].facts["amount"] == f"{line['amount']} {line['pricing_unit']}"
        assert "not in this price book" not in text_of(sections), line
    record_property("lines explained", len(explained))


def test_what_a_period_begins_with_is_shown_as_such(explained):
    """S-56: with its own timestamp, before the period; what lies in the period stands apart."""
    _, sections = explained["carried_over-untouched-1.usage.2026-02-01", 1]
    carried = section(sections, "Carried over from before the period (S-56): 1 of 1")
    assert column(carried, "transaction_id") == ["carried_over-u1"]
    assert [str(at) for at in column(carried, "timestamp_utc")] == ["2026-01-03 08:00:00"]
    assert section(sections, "Events: ").title == "Events: 0 of 0"
    # January began with nothing.
    _, january = explained["carried_over-untouched-1.usage.2026-01-01", 1]
    assert not [found for found in january if found.title.startswith("Carried over")]
    assert section(january, "Events: ").title == "Events: 1 of 1"


def test_the_arithmetic_gives_the_amount(explained):
    """Quantity × price + fee; a composite's minimum or maximum and S-42 may set it otherwise."""
    checked = 0
    for line, sections in of_type(explained, "usage", "late_usage", "scheduled", "unit_conversion"):
        found = section(sections, "How the amount")
        (unrounded,), (amount,) = column(found, "unrounded"), column(found, "amount")
        assert amount == line["amount"]
        if not line["invoice_id"].startswith("commit_own_rate"):
            assert abs(unrounded - amount) <= Decimal("0.5"), line
            checked += 1
    assert checked > 40


def test_usage_goes_back_to_all_of_its_events_and_shows_as_many_as_asked(explained):
    for line, sections in of_type(explained, "usage", "late_usage"):
        events = section(sections, "Events: ")
        total = int(events.title.split()[-1])
        carried = [found for found in sections if found.title.startswith("Carried over")]
        assert total + len(carried) > 0 and len(events.rows) == min(total, EVENTS)
        assert events.facts["metric"].startswith(f"{line['metric']} v{line['metric_version']} ")
        # A metric that is declared in YAML has a digest of both (metric_checksum.sql).
        digests = {"SHA-256 of its SQL": 64, "MD5 of its SQL and YAML": 32}
        assert [len(events.facts[what]) for what in digests if what in events.facts] in ([64], [32])
    calls = section(explained[f"{ACME}.usage.2026-01-01", 1][1], "Events: ")
    # 8 of the 12 had landed when the invoice became final.
    assert calls.title == "Events: 2 of 8"
    assert column(calls, "log_version") == [1, 1]
    # What was taken back after the slice's end is why it bills less (S-12).
    taken_back = explained["falls_after_a_price_change-part-1.usage.2026-01-01", 1][1]
    assert section(taken_back, "Events: ").title == "Events: 2 of 2"


def test_the_stretch_of_each_slice_is_what_it_bills(explained):
    """From Q at the start up to the smallest Q from the end on; late records add to it (S-12)."""
    checked = 0
    for _, sections in of_type(explained, "usage"):
        found = section(sections, "Slices of the group")
        names = ("q_at_start", "stretch_ends_at", "lowest_q_from_its_end_on", "billed_quantity")
        for start, end, lowest, billed in zip(*(column(found, n) for n in names), strict=True):
            assert end == max(start, lowest) and end - start == billed
            checked += billed > 0
    assert checked > 40


def test_a_tier_is_marked_and_an_override_shown(explained):
    for line, sections in of_type(explained, "usage", "late_usage"):
        if line["tier"] is not None:
            tiers = section(sections, "Tiers of")
            used = dict(zip(column(tiers, "tier"), column(tiers, "used"), strict=True))
            assert [tier for tier, mark in used.items() if mark] == [line["tier"]]
        if line["override_id"] is not None:
            assert section(sections, "Override").facts["override id"] == line["override_id"]
    rate_types = {
        section(sections, "Rate").facts["rate type"]
        for _, sections in of_type(explained, "usage", "composite")
    }
    assert rate_types == {"flat", "tiered", "volume", "package", "percentage"}


def test_a_late_line_says_what_was_billed_before_and_uses_the_book_of_its_period(explained):
    line, sections = explained[FEBRUARY, 3]
    assert (line["line_type"], line["rate_id"]) == ("late_usage", "corrections-r1")
    before = section(sections, "What was billed")
    assert before.facts == {
        "billed before": 100,
        "this line": 20,
        "what the period gives now": 120,
    }
    events = section(sections, "Events: ")
    assert events.facts["landed after the corrected invoice"] == 1
    # The one that came late comes first.
    assert column(events, "log_version")[0] > column(events, "log_version")[1]
    usage, of_february = explained[FEBRUARY, 5]
    assert usage["rate_id"] == "corrections-r9"
    assert of_february[0].facts["price book"] != sections[0].facts["price book"].split(",")[0]
    for number in range(1, 5):
        line, sections = explained[FEBRUARY, number]
        facts = section(sections, "What was billed").facts
        assert facts["billed before"] + line["quantity"] == facts["what the period gives now"]


def test_a_line_that_takes_back_shows_what_was_taken_back(explained):
    """The event, with the log version of the retraction (S-51)."""
    line, sections = explained["corrections-back-1.usage.2026-01-05", 1]
    assert (line["line_type"], line["quantity"]) == ("late_usage", -40)
    events = section(sections, "Events: ")
    assert events.title == "Events: 1 of 1"
    assert events.facts["taken back after the corrected invoice"] == 1
    assert column(events, "taken_back_in") == [3]


def test_events_under_an_alias_are_those_of_its_days(explained):
    """The key was handed over on 1 February (S-9)."""
    for owner, period, lines in (("acme", "2026-01-01", 1), ("beta", "2026-02-01", 1)):
        invoice = f"alias_handed_over-{owner}-1.usage.{period}"
        events = section(explained[invoice, 1][1], "Events: ")
        assert events.title == f"Events: {lines} of {lines}"
        assert column(events, "customer_id") == ["alias_handed_over-team-key"]


def test_coverage_shows_the_balance_after_each_movement(explained, corrected):
    gave_back = 0
    for line, sections in of_type(explained, "commit_applied"):
        ledger = section(sections, "Ledger of the commit segment")
        moved = dict(
            zip(column(ledger, "invoice_id"), column(ledger, "balance_after"), strict=True)
        )
        assert moved[line["invoice_id"]] >= 0
        # Positive where more goes back than is covered (S-41).
        paid = sum(column(section(sections, "Charged lines"), "paid_by_segment"))
        assert paid == -line["amount"]
        gave_back += paid < 0
    assert gave_back, "no line gives a balance back more than it pays"
    query = "select remaining from {commit_balances} where commit_id = 'corrections-welcome'"
    ledger = section(explained[f"{ACME}.usage.2026-01-01", 3][1], "Ledger of")
    assert [(column(ledger, "balance_after")[-1],)] == rows(corrected / "late", query)


def test_percentages_conversions_and_true_ups_name_the_lines_behind_them(explained):
    for line, sections in of_type(explained, "composite"):
        bases = section(sections, "The lines that the percentage")
        assert column(bases, "sum_so_far")[-1] == line["quantity"]
    for line, sections in of_type(explained, "unit_conversion"):
        behind = section(sections, "The lines behind it")
        assert column(behind, "sum_so_far")[-1] == line["quantity"]
    for line, sections in of_type(explained, "true_up"):
        counted = column(section(sections, "What was committed"), "counted")
        lines = section(sections, "Lines of final invoices")
        assert column(lines, "sum_so_far")[-1:] == counted, line


def test_a_subscription_is_prorated_by_days_of_its_full_period(explained):
    for line, sections in of_type(explained, "subscription"):
        found = section(sections, "How the amount")
        ((price, days, of_days),) = zip(
            column(found, "full_price"),
            column(found, "days_charged"),
            column(found, "days_of_full_period"),
            strict=True,
        )
        terms = section(sections, "Subscription")
        assert len(terms.rows) >= 1
        if all(column(terms, "prorated")) and of_days:
            assert abs(price * days / of_days - line["amount"]) <= Decimal("0.01"), line


def test_a_bought_commit_and_a_charge_show_their_schedule(explained):
    for line, sections in of_type(explained, "commit_purchase"):
        found = section(sections, "Invoice schedule")
        amounts = dict(zip(column(found, "invoice_on"), column(found, "amount"), strict=True))
        # The schedule may be finer than the currency.
        assert abs(amounts[line["service_start"]] - line["amount"]) <= Decimal("0.5")
    for line, sections in of_type(explained, "scheduled"):
        assert column(section(sections, "Scheduled charge"), "quantity") == [line["quantity"]]
