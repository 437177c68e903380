"""Documents of final invoices (S-78): sellers, addresses, tax and e-invoices."""

from meterhouse.price_book.checks.rule import Rule
from meterhouse.price_book.delivery_tables import TAXED
from raw_events.common.sql import literals

# The seller of an account: the one that it names, else the only one.
_ACCOUNTS = """(
    select
        accounts.*,
        sellers.seller_id as found_seller, sellers.country as seller_country,
        sellers.vat_id as seller_vat_id
    from billing_accounts as accounts
    left join sellers
        on sellers.seller_id = coalesce(
            accounts.seller_id,
            (select case when count(*) = 1 then min(seller_id) end from sellers)
        )
)"""
_IS_EINVOICE = "coalesce(einvoice, 'none') <> 'none'"


def _country(table: str, name: str) -> Rule:
    return Rule(
        "country_code",
        table,
        "country",
        f"""
        select file_row, {name} as who, country from {table}
        where not regexp_full_match(country, '[A-Z]{{2}}')
        """,
        "'{who}' is in '{country}', which is no code of a country (S-78).",
        "Write its two capital letters, such as DE, GB or JP.",
    )


RULES = (
    _country("sellers", "seller_id"),
    _country("billing_accounts", "customer_id"),
    Rule(
        "seller_of_account",
        "billing_accounts",
        "seller_id",
        f"""
        select file_row, customer_id, count(*) over () as accounts from {_ACCOUNTS}
        where seller_id is null and (select count(*) from sellers) > 1
        """,
        "There are several sellers, and it is not said which of them '{customer_id}' buys from"
        " (S-78).",
        "Fill in seller_id, as sellers.csv has it.",
    ),
    Rule(
        "account_without_provider",
        "billing_accounts",
        "provider",
        """
        select file_row, customer_id from billing_accounts
        where
            provider is null
            and (
                provider_customer_id is not null or collection is not null
                or send_drafts_only or skip_zero
            )
        """,
        "'{customer_id}' has no provider, so the cells that say how one sends its invoices have no"
        " effect (S-71).",
        "Fill in provider, or empty provider_customer_id, collection, send_drafts_only and"
        " skip_zero.",
    ),
    Rule(
        "tax_rate",
        "billing_accounts",
        "tax_rate",
        f"""
        select
            file_row, customer_id,
            case
                when tax_category is null then 'a tax_rate, and no tax_category says of which tax'
                when tax_category not in ({literals(TAXED)})
                    then 'a tax_rate, and tax_category ' || tax_category || ' is of none'
                when tax_category = 'S' and coalesce(tax_rate, 0) = 0
                    then 'tax_category S, which is of a rate above 0'
                when tax_rate is null
                    then 'tax_category ' || tax_category || ', and no tax_rate'
                when tax_rate > 1 then 'a tax_rate above 1'
                else 'a tax_rate of more than two decimals of a percent'
            end as what
        from billing_accounts
        where
            case
                when tax_category is null then tax_rate is not null
                when tax_category not in ({literals(TAXED)}) then coalesce(tax_rate, 0) <> 0
                else
                    tax_rate is null or (tax_category = 'S' and tax_rate = 0)
                    or tax_rate > 1 or tax_rate <> tax_rate::decimal(20, 4)
            end
        """,
        "'{customer_id}' has {what} (S-78).",
        "Write tax_category S and the rate as a part of one (0.19 is 19 %); Z is a rate of zero, E"
        " exempt, AE reverse charge, K a supply within the EU, G an export, O outside of the tax.",
    ),
    Rule(
        "vat_id_of_customer",
        "billing_accounts",
        "vat_id",
        """
        select file_row, customer_id, tax_category from billing_accounts
        where tax_category in ('AE', 'K') and vat_id is null
        """,
        "'{customer_id}' has tax_category {tax_category}, which asks for its VAT id (S-78).",
        "Fill in vat_id, or another tax_category.",
    ),
    Rule(
        "einvoice_incomplete",
        "billing_accounts",
        "einvoice",
        f"""
        select
            file_row, customer_id, einvoice,
            list_filter([
                case when found_seller is null then 'a row in sellers.csv' end,
                case when country is null then 'country' end,
                case when tax_category is null then 'tax_category' end,
                case
                    when found_seller is not null and seller_country is null
                        then 'country of the seller in sellers.csv'
                end,
                case
                    when found_seller is not null and seller_vat_id is null and tax_category <> 'O'
                        then 'vat_id of the seller in sellers.csv'
                end
            ], lambda cell: cell is not null) as missing
        from {_ACCOUNTS}
        where
            {_IS_EINVOICE} and len(missing) > 0
            -- which of several it is another rule asks
            and (found_seller is not null or (select count(*) from sellers) = 0)
        """,
        "'{customer_id}' is to get e-invoices ({einvoice}), which cannot be without {missing}"
        " (S-78).",
        "Fill them in, or write none.",
    ),
    Rule(
        "einvoice_vat_id",
        "billing_accounts",
        "einvoice",
        f"""
        select
            file_row, customer_id,
            case when regexp_full_match(vat_id, '[A-Z]{{2}}.+') is false
                then vat_id else seller_vat_id end as wrong
        from {_ACCOUNTS}
        where
            {_IS_EINVOICE}
            and (
                regexp_full_match(vat_id, '[A-Z]{{2}}.+') is false
                or regexp_full_match(seller_vat_id, '[A-Z]{{2}}.+') is false
            )
        """,
        "'{customer_id}' is to get e-invoices, in which VAT ids begin with the letters of their"
        " country; '{wrong}' does not (S-78).",
        "Write it as the tax office does, such as DE123456789 or EL123456789.",
    ),
    Rule(
        "iban",
        "sellers",
        "account",
        # The check digits: letters as numbers, the first four characters last, modulo 97.
        """
        select file_row, seller_id from (
            select
                *,
                regexp_replace(account, '\\s', '', 'g') as plain,
                string_split(plain[5:] || plain[:4], '') as signs
            from sellers
        )
        where
            regexp_full_match(plain, '[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}')
            and list_reduce(
                list_transform(
                    signs,
                    lambda sign: case
                        when sign between '0' and '9' then ascii(sign) - 48
                        else ascii(sign) - 55
                    end
                ),
                lambda rest, value:
                    ((case when value > 9 then 100 else 10 end) * rest + value) % 97,
                0
            ) <> 1
        """,
        "The account of '{seller_id}' looks like an IBAN, and its check digits are wrong: nobody"
        " could pay (S-78).",
        "Copy it again from the bank's papers.",
    ),
    Rule(
        "bic",
        "sellers",
        "bic",
        """
        select file_row, seller_id from sellers
        where not regexp_full_match(bic, '[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?')
        """,
        "The bic of '{seller_id}' is none: eight or eleven capital letters and digits (S-78).",
        "Write it without blanks, such as COBADEFFXXX, or leave it empty.",
    ),
    Rule(
        "logo",
        "sellers",
        "logo",
        r"""
        select file_row, seller_id from sellers
        where not regexp_full_match(logo, '[A-Za-z0-9_][A-Za-z0-9._ -]*\.(svg|png|jpg|jpeg)')
        """,
        "The logo of '{seller_id}' is no name of a picture (S-78).",
        "Put a .svg, .png or .jpg beside sellers.csv and write its name, without folders.",
    ),
    Rule(
        "number_prefix",
        "sellers",
        "number_prefix",
        """
        select file_row, seller_id from sellers
        where not regexp_full_match(number_prefix, '[A-Za-z0-9][A-Za-z0-9/._-]{0,19}')
        """,
        "The number_prefix of '{seller_id}' is not one that every system takes (S-78).",
        "Write up to 20 letters, digits and any of / . _ - such as LAN-: INV-000012 becomes"
        " LAN-INV-000012 on paper.",
    ),
)  # fmt: skip
