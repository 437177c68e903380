"""Guards against files for a provider that are torn, doubled, or say other amounts (S-71)."""

import json
from dataclasses import replace

from meterhouse.delivery.billing.files import Files
from meterhouse.delivery.billing.provider import Document
from meterhouse.delivery.deliver import deliver
from tests.unit.meterhouse.delivery.billing_ledger import append, final, home_with, voided
from tests.unit.meterhouse.delivery.world import FEBRUARY, Clock


def test_files_are_written_whole_and_say_quantities_only_where_they_are_exact(tmp_path):
    home = home_with(tmp_path, final("a"), voided("a"), provider_customer_id="4711")
    assert deliver(home, Clock()).outcomes == {"delivered": 2}
    [invoice], [reversal] = (
        [json.loads(path.read_text()) for path in (home / "billing" / folder).iterdir()]
        for folder in ("invoices", "reversals")
    )
    assert list((home / "billing" / "drafts").iterdir()) == []
    assert (invoice["customer"], invoice["total"], invoice["total_minor"]) == (
        "4711",
        "100.00",
        10000,
    )
    first, second, third = invoice["lines"]
    # 333 × 0.015 is 4.995, not the 5.00 that is charged.
    assert (first["quantity"], first["unit_price"], first["amount"]) == (None, None, "5.00")
    assert first["description"] == (
        'API calls, {"region":"eu"}, 2026-01-01 to 2026-02-01, 333 × 0.015'
    )
    assert (second["quantity"], second["unit_price"], second["amount_minor"]) == ("8", "15", 12000)
    assert (third["description"], third["amount_minor"]) == (
        "Prepaid, 2026-01-01 to 2026-02-01", -2500,
    )  # fmt: skip
    assert reversal["invoice_key"] == invoice["key"]
    assert (reversal["total"], reversal["reason"]) == ("-100.00", "wrong rate")


def test_files_can_be_asked_for_the_same_again_at_any_step(tmp_path):
    files, ours = Files(tmp_path), Document(
        "msg_1", "acme", "", "acme", "Acme", "a", "INV-1", "usage", "acme-1", "USD", 2, None, None,
        FEBRUARY, FEBRUARY, "0.00", 0, "digest",
    )  # fmt: skip
    assert files.find("msg_1") is None
    for _ in range(2):
        assert files.draft(ours) == "msg_1"
        assert files.find("msg_1") is None, "a void waits until it is final"
    assert files.total_minor("msg_1") == 0
    for _ in range(2):
        files.finalize("msg_1")
        assert files.find("msg_1") == "msg_1"
    # Final is final: a draft of the same key changes nothing.
    files.draft(replace(ours, total_minor=1))
    assert [path.parent.name for path in tmp_path.rglob("*.json")] == ["invoices"]


def test_a_void_follows_an_invoice_whose_file_was_taken_away(tmp_path):
    """Who imports the files may do so (docs/billing.md): the log knows that it was there."""
    home = home_with(tmp_path, final("a"))
    assert deliver(home, Clock()).outcomes == {"delivered": 1}
    [imported] = (home / "billing" / "invoices").iterdir()
    imported.unlink()
    append(home, voided("a"))
    assert deliver(home, Clock()).outcomes == {"delivered": 1}
    [reversal] = (home / "billing" / "reversals").iterdir()
    assert json.loads(reversal.read_text())["invoice_key"] == imported.stem
