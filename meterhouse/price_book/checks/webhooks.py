"""Where webhooks go (S-75), and final invoices (S-71)."""

from meterhouse.price_book.checks.rule import Rule
from meterhouse.price_book.delivery_tables import EVENTS
from raw_events.common.sql import literals

_KINDS = sorted({event.split(".")[0] for event in EVENTS})
# No parameters of a mailto: link, and nothing that could be read as another address.
_ADDRESS = r"[A-Za-z0-9.!$&*+=^_{|}~/-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"

RULES = (
    Rule(
        "webhook_url",
        "webhook_endpoints",
        "url",
        rf"""
        select file_row, endpoint_id from webhook_endpoints
        where
            not regexp_full_match(url, 'https://[^\s/?#@\\]+([/?][^\s#\\]*)?')
            and not regexp_full_match(url, 'mailto:{_ADDRESS}(,{_ADDRESS})*')
        """,
        "'{endpoint_id}' has an address that nothing is sent to: it begins with https://, has no"
        " user or password before the host, no blank and no #; or it is mailto: and addresses"
        " of mail with commas between (S-75).",
        "Write it like https://example.com/hooks or mailto:ops@example.com; secrets belong into"
        " the environment.",
    ),
    Rule(
        "unknown_webhook_event",
        "webhook_endpoints",
        "event_types",
        f"""
        select file_row, endpoint_id, list(name order by name) as unknown
        from (select file_row, endpoint_id, unnest(event_types) as name from webhook_endpoints)
        where
            name not in ('*', 'troubles')
            and name not in ({literals(EVENTS)})
            and not (suffix(name, '.*') and name[:-3] in ({literals(_KINDS)}))
        group by file_row, endpoint_id
        """,
        "'{endpoint_id}' asks for {unknown}, of which there are no messages (S-75).",
        "Name events of docs/webhooks.md, all of a kind as invoice.*, all troubles as troubles, or"
        " all as *.",
    ),
    Rule(
        "webhook_secrets_of_one_name",
        "webhook_endpoints",
        "endpoint_id",
        """
        select file_row, endpoint_id, name, first_value(endpoint_id) over names as other_id
        from (
            select *, upper(regexp_replace(endpoint_id, '[^A-Za-z0-9]', '_', 'g')) as name
            from webhook_endpoints
            where not starts_with(url, 'mailto:')
        )
        window names as (partition by name order by file_row)
        qualify row_number() over names > 1 and endpoint_id <> other_id
        """,
        "The secrets of '{endpoint_id}' and of '{other_id}' would both be in"
        " METERHOUSE_WEBHOOK_SECRET_{name} (S-75).",
        "Give one of them another endpoint_id.",
    ),
    Rule(
        "stripe_customer",
        "billing_accounts",
        "provider_customer_id",
        """
        select file_row, customer_id from billing_accounts
        where
            provider = 'stripe'
            and not regexp_full_match(provider_customer_id, 'cus_[A-Za-z0-9]+')
        """,
        "'{customer_id}' is billed by Stripe, and this is no customer of Stripe (S-71).",
        "Write the id that Stripe gave the customer, such as cus_NffrFeUfNV2Hib, or leave the cell"
        " empty: then a customer is made there.",
    ),
    Rule(
        "stripe_email",
        "billing_accounts",
        "email",
        """
        select file_row, customer_id from billing_accounts
        where
            provider = 'stripe' and provider_customer_id is null and email is null
            and coalesce(collection, 'send_invoice') = 'send_invoice'
        """,
        "Stripe is to send invoices to '{customer_id}', whom it does not know yet, and needs an"
        " address for that (S-71).",
        "Write an email, or the provider_customer_id of a customer that Stripe has.",
    ),
    Rule(
        "provider_customer_twice",
        "billing_accounts",
        "provider_customer_id",
        """
        select file_row, provider_customer_id, first_value(customer_id) over same as other_id
        from billing_accounts
        where provider_customer_id is not null
        window same as (partition by provider, provider_customer_id order by file_row)
        qualify row_number() over same > 1
        """,
        "'{provider_customer_id}' is the account of '{other_id}' already: it would get the invoices"
        " of both (S-71).",
        "Correct one of them.",
    ),
)
