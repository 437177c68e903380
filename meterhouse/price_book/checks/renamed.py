"""Rows that are invoiced and have another name now (S-44).

An id is all by which an invoiced thing is known again, of a purchase its commit and date: under
another one it would be charged again, so such a price book is refused.
"""

from meterhouse.price_book.checks.rule import Rule

# What is looked at in the ledger; a voided invoice counts as never billed (S-50).
FINAL = {
    "final_subscriptions": """
        select
            invoices.contract_id, invoice_lines.source_id as subscription_id,
            invoice_lines.product_id,
            invoice_lines.service_start as charged_from, invoice_lines.service_end as charged_to,
            invoices.invoice_id,
            -- what is in arrears is charged with its period, and of a final one no more
            not exists (
                select 1
                from ledger.invoices as periods
                where
                    periods.contract_id = invoices.contract_id
                    and periods.invoice_type = 'usage'
                    and periods.status <> 'void'
                    and invoice_lines.service_start >= periods.period_start
                    and invoice_lines.service_start < periods.period_end
            ) as is_period_open
        from ledger.invoice_lines
        inner join ledger.invoices on invoice_lines.invoice_id = invoices.invoice_id
        where
            invoice_lines.line_type = 'subscription'
            and invoices.status <> 'void'
            -- what is given back (S-35a) charges no days
            and invoice_lines.quantity > 0
    """,
    "final_charges": """
        select
            invoices.contract_id, invoices.invoice_id, invoices.issue_on,
            invoice_lines.line_type, invoice_lines.source_id as object_id,
            invoice_lines.product_id
        from ledger.invoice_lines
        inner join ledger.invoices on invoice_lines.invoice_id = invoices.invoice_id
        where
            invoice_lines.line_type in ('scheduled', 'commit_purchase')
            and invoices.invoice_type = 'scheduled'
            and invoices.status <> 'void'
    """,
}

RULES = (
    Rule(
        "final_subscription_renamed",
        "subscriptions",
        "subscription_id",
        """
        select
            subscriptions.file_row, subscriptions.subscription_id, subscriptions.product_id,
            gone.contract_id,
            min(gone.subscription_id) as old_id,
            max(gone.charged_to) as charged_to,
            arg_max(gone.invoice_id, gone.charged_to) as invoice_id
        from final_subscriptions as gone
        inner join subscriptions
            on
                gone.contract_id = subscriptions.contract_id
                and gone.product_id = subscriptions.product_id
                and (subscriptions.collection = 'advance' or gone.is_period_open)
                and share_a_day(
                    gone.charged_from, gone.charged_to,
                    subscriptions.starting_on, subscriptions.ending_before
                )
        where
            gone.subscription_id not in (
                select subscription_id from subscriptions where subscription_id is not null
            )
            -- what was invoiced beside it is another subscription
            and not exists (
                select 1
                from final_subscriptions as beside
                where
                    beside.subscription_id = subscriptions.subscription_id
                    and beside.charged_from < gone.charged_to
                    and gone.charged_from < beside.charged_to
            )
        group by all
        """,
        "Subscription '{old_id}' of contract '{contract_id}' is gone, and is invoiced to"
        " {charged_to} (invoice {invoice_id}); '{subscription_id}' sells the same '{product_id}' on"
        " those days, so they would be charged twice (S-44).",
        "Give it back the id '{old_id}'. If it is another subscription, restore the row of"
        " '{old_id}' and end that one (ending_before), or let this one start on {charged_to}.",
    ),
    Rule(
        "final_charge_renamed",
        "scheduled_charges",
        "charge_id",
        """
        select
            scheduled_charges.file_row, scheduled_charges.charge_id, scheduled_charges.product_id,
            scheduled_charges.charge_on, gone.contract_id,
            min(gone.object_id) as old_id,
            arg_min(gone.invoice_id, gone.object_id) as invoice_id
        from final_charges as gone
        inner join scheduled_charges
            on
                gone.contract_id = scheduled_charges.contract_id
                and gone.product_id = scheduled_charges.product_id
                and gone.issue_on = scheduled_charges.charge_on
        where
            gone.line_type = 'scheduled'
            and gone.object_id not in (
                select charge_id from scheduled_charges where charge_id is not null
            )
            and scheduled_charges.charge_id not in (
                select object_id from final_charges
                where line_type = 'scheduled' and object_id is not null
            )
        group by all
        """,
        "Charge '{old_id}' of contract '{contract_id}' is gone, and is invoiced ({invoice_id});"
        " '{charge_id}' is of the same '{product_id}' on the same {charge_on}, so it would be"
        " charged twice (S-44).",
        "Give it back the id '{old_id}'. If it is another charge, restore the row of '{old_id}'.",
    ),
    Rule(
        "final_purchase_moved",
        "commit_invoices",
        "invoice_on",
        """
        select
            commit_invoices.file_row, commit_invoices.commit_id, commit_invoices.invoice_on,
            min(gone.issue_on) as old_date,
            arg_min(gone.invoice_id, gone.issue_on) as invoice_id
        from final_charges as gone
        inner join commit_invoices on gone.object_id = commit_invoices.commit_id
        where
            gone.line_type = 'commit_purchase'
            and (gone.object_id, gone.issue_on) not in (
                select (commit_id, invoice_on) from commit_invoices where commit_id is not null
            )
            and (commit_invoices.commit_id, commit_invoices.invoice_on) not in (
                select (object_id, issue_on) from final_charges where line_type = 'commit_purchase'
            )
        group by
            commit_invoices.file_row, commit_invoices.commit_id, commit_invoices.invoice_on
        -- of a schedule, the first such date says it
        qualify row_number() over (
            partition by commit_invoices.commit_id order by commit_invoices.invoice_on
        ) = 1
        """,
        "The purchase of '{commit_id}' on {old_date} is invoiced ({invoice_id}) and its row is"
        " gone, while the one on {invoice_on} is not invoiced: if it is the same purchase, it would"
        " be charged twice (S-37, S-44).",
        "Restore the row with invoice_on {old_date}; keep this one beside it only if it is a"
        " further purchase.",
    ),
)
