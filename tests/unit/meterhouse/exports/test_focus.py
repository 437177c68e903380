"""FOCUS files of one customer: they add up, the linter finds nothing, nobody else is in (S-79).

Guards against a balance that is paid twice, an amount through a float, a cost that is not its price
times its quantity, and rows of another customer.
"""

import csv
from datetime import date
from decimal import Decimal

import pytest
from focus_data_toolkit.model.validator import lint_focus_1_4_structure

from meterhouse.cli.main import main
from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.to_focus import export_focus
from tests.unit.meterhouse.delivery.billing_ledger import USD
from tests.unit.meterhouse.delivery.world import (
    FEBRUARY,
    JANUARY,
    MARCH,
    book,
    invoice,
    publish,
    segment,
)

# Rules of the linter that a file may break, by id: none.
ACCEPTED: set[str] = set()
ID = "acme-1.usage.2026-01-01"
CREDITS = {"pricing_unit": "CR", "name": "Credits", "decimals": 2, "kind": "custom"}


def line(number: int, kind: str, amount: str, id: str = ID, **more) -> dict:
    return {
        "invoice_id": id, "line_number": number, "line_type": kind, "product_id": "p",
        "product_name": "Calls", "pricing_group": "{}", "service_start": JANUARY,
        "service_end": FEBRUARY, "quantity": Decimal(1), "unit_price": Decimal(amount),
        "list_unit_price": Decimal(amount), "amount": Decimal(amount),
        "list_amount": Decimal(amount), "pricing_unit": "USD", **more,
    }  # fmt: skip


LINES = [
    line(1, "usage", "5.00", quantity=Decimal(333), unit_price=Decimal("0.015"),
         list_unit_price=Decimal("0.02"), pricing_group='{"region":"eu"}'),
    line(2, "usage", "60.00", quantity=Decimal(1000), unit_price=Decimal("0.05"),
         flat_fee=Decimal(10)),
    line(3, "usage", "12.00", pricing_unit="CR", quantity=Decimal(24)),
    line(4, "unit_conversion", "1.20", product_id=None, product_name=None, converted_unit="CR",
         quantity=Decimal(12), unit_price=Decimal("0.1"), pricing_group=None),
    line(5, "subscription", "290.32", quantity=Decimal(3), unit_price=Decimal(300),
         product_name="=HYPERLINK(1)"),
    line(6, "commit_purchase", "1000.00", service_start=FEBRUARY, service_end=FEBRUARY),
    line(7, "late_usage", "-12.00", quantity=Decimal(-800), unit_price=Decimal("0.015"),
         list_unit_price=Decimal("0.015")),
    line(8, "cap", "-20.00"),
    line(9, "commit_applied", "-40.00", commit_id="acme-prepaid", segment=1),
    line(10, "commit_applied", "-10.00", commit_id="acme-gift", segment=1),
]  # fmt: skip
APPLIED = [
    {"invoice_id": ID, "line_number": 2, "commit_id": "acme-prepaid", "segment": 1,
     "amount": Decimal(40)},
    {"invoice_id": ID, "line_number": 2, "commit_id": "acme-gift", "segment": 1,
     "amount": Decimal(10)},
]  # fmt: skip
OTHER = "globex-1.usage.2026-01-01"


def world(home, applied=APPLIED, **more):
    total = Decimal("1274.52")
    marts = {
        "invoices": [
            invoice(ID, total=total, subtotal=total + 50, credits_applied=Decimal(-50),
                    customer_name="Acme"),
            invoice(OTHER, "globex", customer_name="Secret Globex", total=Decimal(7)),
            invoice("acme-1.usage.2025-12-01", status="void", total=Decimal(99)),
            invoice("acme-1.usage.2026-02-01", status="draft", invoice_number=None),
        ],
        "invoice_lines": [*LINES, line(1, "usage", "7.00", OTHER, product_name="Secret calls")],
        "commit_balances": [
            segment("acme-prepaid", remaining=Decimal(960)),
            segment("acme-gift", type="credit"),
            segment("acme-short", type="postpaid", starting_on=MARCH,
                    ending_before=date(2026, 3, 9)),
        ],
    }  # fmt: skip
    applications = [dict(row) for row in applied]
    tables = {**book(), "pricing_units": [USD, CREDITS], **more}
    publish(home, marts, tables)
    write_applications(home, applications)
    return home


def write_applications(home, rows):
    """The mart that the reading calls do not know, beside the others, and in their mark."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from meterhouse.warehouse.mark_files import write_mark
    from meterhouse.warehouse.marks import Mark
    from raw_events.common.files import file_sha256

    schema = pa.schema(
        [("invoice_id", pa.string()), ("line_number", pa.int32()), ("commit_id", pa.string()),
         ("segment", pa.int32()), ("amount", pa.decimal128(20, 4))]
    )  # fmt: skip
    folder = (home / "marts").resolve()
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "commit_applications.parquet")
    files = {path.name: file_sha256(path) for path in folder.glob("*.parquet")}
    write_mark(folder, Mark(), files)


def read(folder, name="cost_and_usage"):
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def rows(tmp_path):
    export_focus(world(tmp_path), tmp_path / "out", "acme", issuer="Lantern")
    return {row["x_LineNumber"]: row for row in read(tmp_path / "out")}


def test_the_linter_finds_nothing(tmp_path, rows):
    for name, dataset in (
        ("cost_and_usage", "Cost and Usage"),
        ("contract_commitment", "Contract Commitment"),
    ):
        report = lint_focus_1_4_structure(dataset, read(tmp_path / "out", name))
        assert report.row_count > 0
        assert {each.rule for each in report.violations} <= ACCEPTED, report.violations
    # It does find what is wrong.
    broken = [{**row, "BilledCost": ""} for row in rows.values()]
    assert lint_focus_1_4_structure("Cost and Usage", broken).violations


def test_what_is_billed_adds_up_to_the_final_invoices(rows):
    assert sum(Decimal(row["BilledCost"]) for row in rows.values()) == Decimal("1274.52")
    assert set(rows) == {"1", "2", "4", "5", "6", "7", "8"}


def test_balances_are_taken_from_what_they_paid(rows):
    covered = rows["2"]
    assert (covered["BilledCost"], covered["ContractedCost"]) == ("10", "60")
    # The gift is a discount; what was prepaid is a cost of the month in which it was used.
    assert covered["EffectiveCost"] == "50"
    assert covered["ContractApplied"] == (
        '{"Elements":[{"ContractId":"acme-1","ContractCommitmentId":"acme-prepaid.1",'
        '"ContractCommitmentAppliedCost":40.0000}]}'
    )
    purchase = rows["6"]
    assert (purchase["ChargeCategory"], purchase["EffectiveCost"]) == ("Purchase", "0")
    assert purchase["ChargePeriodStart"] < purchase["ChargePeriodEnd"]


def test_costs_are_the_exact_price_times_the_quantity(rows):
    first = rows["1"]
    assert (first["BilledCost"], first["ContractedCost"]) == ("5", "4.995")
    assert (first["ListCost"], first["ListUnitPrice"]) == ("6.66", "0.02")
    # A fee and a part of a month are in the cost and in no price.
    assert (rows["2"]["ContractedUnitPrice"], rows["5"]["ContractedUnitPrice"]) == ("", "")
    assert rows["5"]["ContractedCost"] == "290.32"
    assert rows["7"]["ChargeClass"] == "Correction"
    assert rows["8"]["ChargeCategory"] == "Adjustment"
    assert rows["4"]["ServiceName"] == "CR in USD"


def test_no_name_is_a_formula(rows):
    assert rows["5"]["ServiceName"] == "'=HYPERLINK(1)"
    assert rows["8"]["BilledCost"] == "-20", "a number is none"


def test_nothing_of_another_customer_is_in_it(tmp_path, rows):
    for path in (tmp_path / "out").iterdir():
        text = path.read_text()
        assert "acme" in text
        assert "globex" not in text.lower()
        assert "secret" not in text.lower()


def test_what_no_line_is_said_to_be_paid_of_is_a_credit(tmp_path):
    export_focus(world(tmp_path, applied=[]), tmp_path / "out", "acme", issuer="Lantern")
    found = read(tmp_path / "out")
    assert sum(Decimal(row["BilledCost"]) for row in found) == Decimal("1274.52")
    [credit] = [row for row in found if row["ChargeCategory"] == "Credit"]
    assert (credit["BilledCost"], credit["EffectiveCost"]) == ("-50", "-50")
    assert lint_focus_1_4_structure("Cost and Usage", found).violations == ()


def test_commitments_are_told_with_their_state(tmp_path, rows):
    told = read(tmp_path / "out", "contract_commitment")
    found = {row["ContractCommitmentId"]: row for row in told}
    assert set(found) == {"acme-prepaid.1", "acme-short.1"}
    assert found["acme-prepaid.1"]["ContractCommitmentLifecycleStatus"] == "Active"
    assert found["acme-short.1"]["ContractCommitmentLifecycleStatus"] == "Pending"
    assert found["acme-prepaid.1"]["ContractCommitmentDurationType"] == "3 Months"
    assert found["acme-short.1"]["ContractCommitmentDurationType"] == "8 Days"


def test_version_1_2_has_its_own_columns(tmp_path):
    export_focus(world(tmp_path), tmp_path / "out", "acme", version="1.2", issuer="Lantern")
    [first, *_] = read(tmp_path / "out")
    assert (first["ProviderName"], first["PublisherName"]) == ("Lantern", "Lantern")
    assert not {"ContractApplied", "InvoiceDetailId", "ServiceProviderName"} & set(first)
    assert not (tmp_path / "out" / "contract_commitment.csv").exists()


def test_the_seller_is_that_of_the_price_book(tmp_path, monkeypatch, capsys):
    seller = {"seller_id": "lantern", "name": "Lantern Cloud GmbH", "starting_on": JANUARY}
    world(tmp_path, sellers=[seller])
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    assert main(["export", "focus", "--out", str(tmp_path / "out"), "--customer", "acme"]) == 0
    assert read(tmp_path / "out")[0]["InvoiceIssuerName"] == "Lantern Cloud GmbH"
    assert main(["export", "focus", "--out", str(tmp_path / "out"), "--customer", "nobody"]) == 2
    assert "nobody is no customer" in capsys.readouterr().err


def test_without_a_seller_it_is_asked_who_sells(tmp_path):
    with pytest.raises(ExportRefused, match="--issuer"):
        export_focus(world(tmp_path), tmp_path / "out", "acme")
    with pytest.raises(ExportRefused, match=r"FOCUS 2\.0 is not written"):
        export_focus(tmp_path, tmp_path / "out", "acme", version="2.0")


def test_a_folder_of_one_customer_is_never_replaced_by_another(tmp_path):
    world(tmp_path)
    export_focus(tmp_path, tmp_path / "out", "acme", issuer="Us")
    export_focus(tmp_path, tmp_path / "out", "acme", issuer="Us")
    before = (tmp_path / "out" / "cost_and_usage.csv").read_bytes()
    with pytest.raises(ExportRefused, match="an export in it as focus of acme"):
        export_focus(tmp_path, tmp_path / "out", "globex", issuer="Us")
    assert (tmp_path / "out" / "cost_and_usage.csv").read_bytes() == before


def test_a_customer_that_left_the_price_book_has_its_costs_still(tmp_path):
    world(tmp_path, customers=[{"customer_id": "globex", "name": "Globex"}])
    export_focus(tmp_path, tmp_path / "out", "acme", issuer="Us")
    rows = read(tmp_path / "out")
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal("1274.52")
    assert {row["BillingAccountName"] for row in rows} == {"acme"}
    with pytest.raises(ExportRefused, match="none is no customer"):
        export_focus(tmp_path, tmp_path / "none", "none", issuer="Us")
