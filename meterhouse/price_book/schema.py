"""The tables of the price book, as data: what docs/interface.md promises to people who edit them.

Reading, casting, defaults, references and simple bounds all follow from these declarations; rules
that need more than one column stand in `checks/`.
"""

from meterhouse.common.periods import FREQUENCIES
from meterhouse.price_book.accounting_tables import ACCOUNTING_TABLES
from meterhouse.price_book.columns import (
    Column,
    Table,
    _card,
    _commit,
    _contract,
    _customer,
    _product,
    _refer,
    _unit,
    amount,
    boolean,
    choice,
    date,
    group,
    identifier,
    integer,
    names,
    quantity,
    text,
    unit_price,
)
from meterhouse.price_book.delivery_tables import DELIVERY_TABLES

# Ten years: a day further on may be none that a calendar has (S-52).
MAX_DAYS = 3650
RATE_TYPES = ("flat", "tiered", "volume", "package", "percentage")

_DECLARED = (
    Table("customers", ("customer_id",), (
        identifier("customer_id", required=True),
        text("name", required=True),
    )),
    Table("customer_aliases", ("alias", "starting_on"), (
        Column("alias", "alias", required=True),
        _customer(required=True),
        date("starting_on"),
        date("ending_before"),
    )),
    Table("pricing_units", ("pricing_unit",), (
        identifier("pricing_unit", required=True),
        text("name", required=True),
        # Amounts are DECIMAL(20,4): a unit with more decimals could not be stored.
        integer("decimals", required=True, at_least=0, at_most=4),
        choice("kind", required=True, choices=("currency", "custom")),
    )),
    Table("products", ("product_id",), (
        identifier("product_id", required=True),
        text("name", required=True),
        choice("type", required=True, choices=("usage", "subscription", "fixed", "composite")),
        names("tags"),
        names("pricing_group_keys"),
        names("presentation_group_keys"),
        choice("conversion_operation", choices=("multiply", "divide")),
        unit_price("conversion_factor", above=0),
        choice("rounding_method", choices=("up", "down", "half_up")),
        integer("rounding_decimals", at_least=0, at_most=10),
        # No default, as of zero_invoices. Empty is the account of the role revenue (S-81).
        text("revenue_account"),
    )),
    Table("product_metrics", ("product_id", "starting_on"), (
        _product(required=True),
        text("metric", required=True),
        integer("version", required=True, at_least=1),
        date("starting_on", required=True),
    )),
    Table("composite_products", ("product_id", "applies_to_product_id", "applies_to_tag"), (
        _product(required=True),
        _product("applies_to_product_id"),
        text("applies_to_tag"),
    )),
    Table("rate_cards", ("rate_card_id",), (
        identifier("rate_card_id", required=True),
        text("name", required=True),
        _unit("currency", required=True),
    )),
    Table("rates", ("rate_id",), (
        identifier("rate_id", required=True),
        _card(required=True),
        _product(required=True),
        group("pricing_group"),
        date("starting_on", required=True),
        date("ending_before"),
        boolean("entitled", default="true"),
        choice("rate_type", required=True, choices=RATE_TYPES),
        unit_price("price", at_least=0),
        quantity("package_size", above=0),
        amount("minimum_amount", at_least=0),
        amount("maximum_amount", at_least=0),
        unit_price("commit_price", at_least=0),
        _unit("pricing_unit"),
    )),
    Table("rate_tiers", ("rate_id", "tier"), (
        identifier("rate_id", required=True),
        integer("tier", required=True, at_least=1),
        quantity("up_to", above=0),
        unit_price("price", required=True, at_least=0),
        unit_price("flat_fee", default="0", at_least=0),
    )),
    Table("pricing_unit_conversions", ("rate_card_id", "pricing_unit", "starting_on"), (
        _card(required=True),
        _unit(required=True),
        date("starting_on", required=True),
        unit_price("price", required=True, at_least=0),
    )),
    Table("contracts", ("contract_id",), (
        identifier("contract_id", required=True),
        _customer(required=True),
        # What a package may give, and defaults, are filled in by `packages.py`.
        _refer("packages.package_id"),
        _card(),
        date("starting_on", required=True),
        date("ending_before"),
        choice("billing_frequency", choices=tuple(FREQUENCIES)),
        choice("billing_anchor", choices=("first_of_month", "contract_start")),
        integer("net_payment_days", at_least=0, at_most=MAX_DAYS),
        choice("late_usage", choices=("next_invoice", "report")),
        # No default: a book that does not use it keeps its digest (digest.py). Empty is `number`.
        choice("zero_invoices", choices=("number", "skip")),
    )),
    Table("period_limits", ("limit_id",), (
        identifier("limit_id", required=True),
        _contract(required=True),
        _product(required=True),
        _product("applies_to_product_id"),
        text("applies_to_tag"),
        amount("minimum_amount", at_least=0),
        amount("maximum_amount", at_least=0),
        boolean("prorated", default="true"),
        date("starting_on", required=True),
        date("ending_before"),
    )),
    Table("thresholds", ("threshold_id",), (
        identifier("threshold_id", required=True),
        _contract(required=True),
        choice("kind", required=True, choices=("spend", "balance")),
        amount("amount", required=True, at_least=0),
        amount("recharge_to", at_least=0),
        _product(required=True),
        boolean("payment_gated"),
        date("starting_on", required=True),
        date("ending_before"),
    )),
    Table("contract_overrides", ("override_id",), (
        identifier("override_id", required=True),
        _contract(required=True),
        _product(),
        text("tag"),
        group("pricing_group"),
        date("starting_on", required=True),
        date("ending_before"),
        choice("override_type", required=True, choices=("overwrite", "multiplier", "entitlement")),
        choice("rate_type", choices=RATE_TYPES),
        unit_price("price", at_least=0),
        quantity("package_size", above=0),
        unit_price("multiplier", at_least=0),
        boolean("entitled"),
        integer("priority", default="0"),
    )),
    Table("subscriptions", ("subscription_id",), (
        identifier("subscription_id", required=True),
        _contract(required=True),
        _product(required=True),
        date("starting_on", required=True),
        date("ending_before"),
        quantity("quantity", required=True, at_least=0),
        choice("collection", required=True, choices=("advance", "arrears")),
        boolean("prorated", required=True),
        # No default, as of zero_invoices. Empty is false.
        boolean("refund_unused"),
    )),
    Table("subscription_quantities", ("subscription_id", "effective_on"), (
        _refer("subscriptions.subscription_id", required=True),
        date("effective_on", required=True),
        quantity("quantity", required=True, at_least=0),
    )),
    Table("scheduled_charges", ("charge_id",), (
        identifier("charge_id", required=True),
        _contract(required=True),
        _product(required=True),
        date("charge_on", required=True),
        quantity("quantity", required=True),
        unit_price("unit_price", required=True, at_least=0),
    )),
    Table("commits", ("commit_id",), (
        identifier("commit_id", required=True),
        _contract(required=True),
        _product(required=True),
        text("name", required=True),
        choice("type", required=True, choices=("prepaid", "postpaid", "credit")),
        integer("priority", default="100"),
        _unit("pricing_unit"),
        choice("rate_type", default="list", choices=("list", "commit")),
        # No default, as of zero_invoices. Empty is false.
        boolean("payment_gated"),
    )),
    Table("commit_applies_to", ("commit_id", "product_id", "tag", "pricing_group"), (
        _commit(required=True),
        _product(),
        text("tag"),
        group("pricing_group"),
    )),
    Table("commit_access", ("commit_id", "segment"), (
        _commit(required=True),
        integer("segment", required=True, at_least=1),
        amount("amount", required=True, at_least=0),
        date("starting_on", required=True),
        date("ending_before", required=True),
        integer("rolls_over_from", at_least=1),
        # No default, as for zero_invoices: null is all that is left, up to `amount`.
        unit_price("rollover_fraction", at_least=0, at_most=1),
    )),
    Table("commit_invoices", ("commit_id", "invoice_on"), (
        _commit(required=True),
        date("invoice_on", required=True),
        amount("amount", required=True, at_least=0),
    )),
)  # fmt: skip

TABLES: dict[str, Table] = {
    table.name: table for table in (*_DECLARED, *DELIVERY_TABLES, *ACCOUNTING_TABLES)
}
