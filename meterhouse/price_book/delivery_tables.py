"""Tables of the price book that say what is watched and who is told; nothing is billed by them."""

from meterhouse.price_book.columns import (
    Table,
    _customer,
    _refer,
    _unit,
    boolean,
    choice,
    date,
    group,
    identifier,
    names,
    quantity,
    text,
    unit_price,
)

# What webhooks tell (S-75); meterhouse/delivery/events says when, and of what.
EVENTS = (
    "invoice.finalized",
    "invoice.voided",
    "credit_note.created",
    "invoice.sent",
    "invoice.delivery_failed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.refunded",
    "invoice.refund_failed",
    "invoice.payment_disputed",
    "invoice.dispute_closed",
    "invoice.payment_withdrawn",
    "invoice.overdue",
    "contract.started",
    "contract.ending",
    "contract.ended",
    "contract.held",
    "commit.created",
    "commit.segment_started",
    "commit.balance_low",
    "commit.exhausted",
    "commit.expiring",
    "commit.expired",
    "alert.triggered",
    "alert.resolved",
    "usage.anomaly",
    "usage.unrated",
    "events.quarantined",
    "run.failed",
    "marts.stale",
    "source.behind",
    "message.dead",
)
# What `troubles` stands for: somebody should look. `usage.unrated` too, for it is money.
TROUBLES = (
    "contract.held",
    "usage.unrated",
    "events.quarantined",
    "run.failed",
    "marts.stale",
    "source.behind",
    "message.dead",
)

# Who final invoices are sent to (S-71); meterhouse/delivery/billing has one module for each.
PROVIDERS = ("files", "stripe")

# What an alert watches (S-76). Upward ones fire once per threshold and period; the others when the
# value falls to the threshold, and they resolve.
UPWARD_ALERTS = ("spend", "invoice_total", "usage", "anomaly")
# Those of a metric.
METRIC_ALERTS = ("usage", "anomaly")
BALANCE_ALERTS = ("balance", "balance_percent", "days_left", "exhausted")
LATER_ALERTS = ("forecast_over_commit",)

# Categories of tax as EN 16931 codes them (S-78), those of a rate first; meterhouse/documents says
# what each is called on paper.
TAXED = ("S", "L", "M")
UNTAXED = ("Z", "E", "AE", "K", "G", "O")
EINVOICES = ("none", "facturx", "ubl")

# Where somebody is, for documents; `address` has its lines joined by |.
_PLACE = (text("address"), text("postcode"), text("city"), text("country"), text("vat_id"))

DELIVERY_TABLES = (
    Table("alerts", ("alert_id", "customer_id"), (
        identifier("alert_id", required=True),
        choice("kind", required=True, choices=(*UPWARD_ALERTS, *BALANCE_ALERTS, *LATER_ALERTS)),
        # Empty: all customers.
        _customer(),
        text("metric"),
        group("pricing_group"),
        _unit(),
        quantity("threshold", required=True, at_least=0),
        quantity("clear_at", at_least=0),
        # No defaults, as for `disabled` below. Empty is true, and false.
        boolean("enabled"),
        boolean("hard_cap"),
    )),
    Table("billing_accounts", ("customer_id",), (
        _customer(required=True),
        # Empty: nobody sends the invoices; the row says what their documents need.
        choice("provider", choices=PROVIDERS),
        text("provider_customer_id"),
        # No defaults, as for `disabled`. Empty is send_invoice, false and false.
        choice("collection", choices=("send_invoice", "charge_automatically")),
        boolean("send_drafts_only"),
        boolean("skip_zero"),
        text("email"),
        _refer("sellers.seller_id"),
        *_PLACE,
        text("purchase_order"),
        choice("tax_category", choices=(*TAXED, *UNTAXED)),
        # 0.19 is 19 %, as a percentage rate has it.
        unit_price("tax_rate", at_least=0),
        text("tax_note"),
        choice("einvoice", choices=EINVOICES),
        date("starting_on", required=True),
    )),
    Table("sellers", ("seller_id",), (
        identifier("seller_id", required=True),
        text("name", required=True),
        *_PLACE,
        text("email"),
        text("bank_name"),
        text("account"),
        text("bic"),
        text("payment_note"),
        text("logo"),
        text("number_prefix"),
        text("footer"),
        date("starting_on", required=True),
    )),
    Table("webhook_endpoints", ("endpoint_id",), (
        identifier("endpoint_id", required=True),
        text("url", required=True),
        names("event_types", required=True),
        _customer(),
        # No default: an empty cell is false, and leaves the digest of the book as it is.
        boolean("disabled"),
        date("starting_on", required=True),
    )),
)  # fmt: skip
