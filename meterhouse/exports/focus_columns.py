"""Columns of FOCUS files → SQL over the queries of focus/*.sql.

`since` is the version of FOCUS that has a column first, `until` the last that has it.
"""

from dataclasses import dataclass

from meterhouse.exports.published import no_formula
from raw_events.common.sql import identifier

VERSIONS = ("1.2", "1.4")
# Texts that somebody wrote; all others are numbers, codes, instants or JSON.
_NAMES = (
    "BillingAccountId",
    "BillingAccountName",
    "ChargeDescription",
    "HostProviderName",
    "InvoiceId",
    "InvoiceDetailId",
    "InvoiceIssuerName",
    "ProviderName",
    "PublisherName",
    "ServiceName",
    "ServiceProviderName",
    "SkuId",
    "x_ContractId",
    "ContractCommitmentDescription",
    "ContractCommitmentId",
    "ContractId",
)


@dataclass(frozen=True)
class FocusColumn:
    """A column, its SQL as text, and the versions that have it."""

    name: str
    sql: str
    since: str = "1.0"
    until: str = "9"

    def selected(self) -> str:
        """The column in a select list; a name is no formula (S-78)."""
        sql = no_formula(self.sql) if self.name in _NAMES else self.sql
        return f"{sql} as {identifier(self.name)}"


def _text(sql: str) -> str:
    """A decimal without the zeros at its end."""
    return f"case when {sql} = 0 then '0' else rtrim(rtrim(({sql})::varchar, '0'), '.') end"


def _instant(sql: str) -> str:
    return f"strftime({sql}, '%Y-%m-%dT00:00:00Z')"


_QUANTITY = "category in ('Usage', 'Purchase') and quantity is not null"

COST_AND_USAGE: tuple[FocusColumn, ...] = (
    FocusColumn("BilledCost", _text("billed")),
    FocusColumn("BillingAccountId", "customer_id"),
    FocusColumn("BillingAccountName", "account_name"),
    FocusColumn("BillingCurrency", "currency"),
    # Of an invoice without a period the month in which it was issued.
    FocusColumn(
        "BillingPeriodEnd",
        _instant("coalesce(period_end, (date_trunc('month', issue_on) + interval 1 month)::date)"),
    ),
    FocusColumn(
        "BillingPeriodStart", _instant("coalesce(period_start, date_trunc('month', issue_on))")
    ),
    FocusColumn("ChargeCategory", "category"),
    FocusColumn("ChargeClass", "case when line_type = 'late_usage' then 'Correction' end"),
    FocusColumn("ChargeDescription", "concat_ws(', ', service, nullif(pricing_group, '{}'))"),
    FocusColumn("ChargeFrequency", "frequency"),
    FocusColumn(
        "ChargePeriodEnd",
        _instant(
            "greatest(coalesce(service_end, issue_on), coalesce(service_start, issue_on) + 1)"
        ),
    ),
    FocusColumn("ChargePeriodStart", _instant("coalesce(service_start, issue_on)")),
    FocusColumn("ConsumedQuantity", f"case when category = 'Usage' then {_text('quantity')} end"),
    FocusColumn("ConsumedUnit", "case when category = 'Usage' then 'Units' end"),
    FocusColumn(
        "ContractApplied",
        "case when elements is not null then concat('{\"Elements\":[', elements, ']}') end",
        since="1.3",
    ),
    FocusColumn(
        "ContractedCost",
        _text("case when is_product then product else amount::decimal(38, 20) end"),
    ),
    FocusColumn("ContractedUnitPrice", f"case when is_product then {_text('unit_price')} end"),
    FocusColumn("EffectiveCost", _text("effective")),
    FocusColumn("HostProviderName", "$issuer", since="1.3"),
    FocusColumn("InvoiceDetailId", "concat(invoice_number, '.', detail)", since="1.4"),
    FocusColumn("InvoiceId", "invoice_number"),
    FocusColumn("InvoiceIssuerName", "$issuer"),
    FocusColumn(
        "ListCost",
        _text(
            "case when is_product and list_unit_price is not null"
            " then (quantity * list_unit_price)::decimal(38, 20)"
            " else coalesce(list_amount, amount)::decimal(38, 20) end"
        ),
    ),
    FocusColumn("ListUnitPrice", f"case when is_product then {_text('list_unit_price')} end"),
    FocusColumn("PricingQuantity", f"case when {_QUANTITY} then {_text('quantity')} end"),
    FocusColumn("PricingUnit", f"case when {_QUANTITY} then 'Units' end"),
    FocusColumn("ProviderName", "$issuer", until="1.2"),
    FocusColumn("PublisherName", "$issuer", until="1.2"),
    FocusColumn("ServiceCategory", "'Other'"),
    FocusColumn("ServiceName", "service"),
    FocusColumn("ServiceProviderName", "$issuer", since="1.3"),
    FocusColumn("SkuId", "product_id"),
    FocusColumn("Tags", "nullif(pricing_group, '{}')"),
    FocusColumn("x_ContractId", "contract_id"),
    FocusColumn("x_LineNumber", "line_number::varchar"),
    FocusColumn("x_LineType", "line_type"),
)

CONTRACT_COMMITMENT: tuple[FocusColumn, ...] = (
    FocusColumn("BillingCurrency", "pricing_unit"),
    FocusColumn("ContractCommitmentApplicability", "applicability"),
    FocusColumn(
        "ContractCommitmentBenefitCategory",
        "case type when 'prepaid' then 'Entitlement' else 'Other' end",
    ),
    FocusColumn("ContractCommitmentCategory", "'Spend'"),
    FocusColumn("ContractCommitmentCost", _text("granted")),
    FocusColumn("ContractCommitmentCreated", _instant("least(contract_start, starting_on)")),
    FocusColumn("ContractCommitmentDescription", "name"),
    FocusColumn("ContractCommitmentDiscountPercentage", "null::varchar"),
    FocusColumn(
        "ContractCommitmentDurationType",
        "case when months > 0 and starting_on + to_months(months::integer) = ending_before"
        " then concat(months, ' Months') else concat(ending_before - starting_on, ' Days') end",
    ),
    FocusColumn("ContractCommitmentFulfillmentInterval", "'Full Period'"),
    FocusColumn("ContractCommitmentId", "concat(commit_id, '.', segment)"),
    FocusColumn("ContractCommitmentLastUpdated", "$as_of"),
    FocusColumn(
        "ContractCommitmentLifecycleStatus",
        "case when ending_before <= $today then 'Expired' when starting_on > $today then 'Pending'"
        " when type = 'prepaid' and remaining = 0 then 'Exhausted' else 'Active' end",
    ),
    FocusColumn("ContractCommitmentModel", "'Continuous'"),
    FocusColumn("ContractCommitmentOfferCategory", "'Negotiated'"),
    FocusColumn(
        "ContractCommitmentPaymentInterval",
        "case type when 'prepaid' then 'Custom' else 'One-Time' end",
    ),
    FocusColumn(
        "ContractCommitmentPaymentModel",
        "case type when 'prepaid' then 'All Upfront' else 'No Upfront' end",
    ),
    FocusColumn("ContractCommitmentPeriodEnd", _instant("ending_before")),
    FocusColumn("ContractCommitmentPeriodStart", _instant("starting_on")),
    FocusColumn("ContractCommitmentQuantity", "null::varchar"),
    FocusColumn("ContractCommitmentType", "type"),
    FocusColumn("ContractCommitmentUnit", "null::varchar"),
    FocusColumn("ContractId", "contract_id"),
    FocusColumn("ContractPeriodEnd", _instant("contract_end")),
    FocusColumn("ContractPeriodStart", _instant("contract_start")),
    FocusColumn("InvoiceIssuerName", "$issuer"),
    FocusColumn("ServiceProviderName", "$issuer"),
)
