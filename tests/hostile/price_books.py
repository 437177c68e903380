"""Hostile price books: a table and its text, in place of a good one. New findings go here.

None may bill anybody: each is refused in words, or means what it says and no more.
"""

CUSTOMERS = "customer_id,name\n"
RATES = "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
CONTRACTS = "contract_id,customer_id,rate_card_id,starting_on,billing_frequency,billing_anchor\n"
TERMS = "acme,list,2026-01-01,monthly,first_of_month"

# What it is → (table, its bytes).
REFUSED = {
    "not UTF-8": ("customers", CUSTOMERS.encode() + b"acme,caf\xe9\n"),
    "a NUL": ("customers", (CUSTOMERS + "acme,a\0b\n").encode()),
    "no header": ("customers", b"acme,Acme\n"),
    "a huge field": ("customers", (CUSTOMERS + "acme," + "x" * 2_000_000 + "\n").encode()),
    "an escape in an id that nobody has": (
        "contracts",
        (CONTRACTS + f"c\x1b[2J,nobody\x1b[31m,{TERMS[5:]}\n").encode(),
    ),
    "a price that fits no type": (
        "rates",
        (RATES + "r,list,calls,2025-01-01,flat,1e99\n").encode(),
    ),
    "a price that is no number": (
        "rates",
        (RATES + "r,list,calls,2025-01-01,flat,=1+1\n").encode(),
    ),
    "a day that is not": ("rates", (RATES + "r,list,calls,2025-02-30,flat,1\n").encode()),
    "a year beyond all": ("rates", (RATES + "r,list,calls,99999-01-01,flat,1\n").encode()),
    "an unknown column": ("customers", b"customer_id,name,=cmd\nacme,Acme,1\n"),
    "the same contract twice": ("contracts", (CONTRACTS + f"a,{TERMS}\na,{TERMS}\n").encode()),
    "a quote that never ends": ("customers", (CUSTOMERS + 'acme,"Acme\n').encode()),
}
