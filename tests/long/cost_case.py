"""Two customers with drafts of February, for what events would cost.

Acme has used 900 tokens of its tiers (see RATES) and a credit of 30.00 that has paid for them; its
second contract ended on the 8th. Beta pays 1.00 a call.

    tier  up to   price  flat fee
    1     1,000   0.02
    2     5,000   0.015  10.00
    3             0.01
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

AS_OF = "2026-02-10T12:00:00Z"
SEEDS = {
    "customers": "customer_id,name\nacme,Acme\nbeta,Beta\ngone,Gone\n",
    "customer_aliases": "alias,customer_id\nacme-eu,acme\n",
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,US dollar,2,currency\n",
    "products": "product_id,name,type,pricing_group_keys\ntokens,Tokens,usage,\n"
    "calls,Calls,usage,\ncredit,Welcome credit,fixed,\n",
    "product_metrics": "product_id,metric,version,starting_on\n"
    "tokens,llm_tokens,1,2026-01-01\ncalls,api_calls,1,2026-01-01\n",
    "rate_cards": "rate_card_id,name,currency\ntiers,Tiers,USD\nflat,Flat,USD\n",
    "rates": "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
    "t,tiers,tokens,2026-01-01,tiered,\nc,flat,calls,2026-01-01,flat,1\n",
    "rate_tiers": "rate_id,tier,up_to,price,flat_fee\n"
    "t,1,1000,0.02,\nt,2,5000,0.015,10\nt,3,,0.01,\n",
    "contracts": "contract_id,customer_id,rate_card_id,starting_on,ending_before,"
    "billing_frequency,billing_anchor\nacme-1,acme,tiers,2026-02-01,,monthly,first_of_month\n"
    "beta-1,beta,flat,2026-02-01,,monthly,first_of_month\n"
    "gone-1,gone,flat,2026-02-01,2026-02-08,monthly,first_of_month\n",
    "commits": "commit_id,contract_id,product_id,name,type\nwelcome,acme-1,credit,Welcome,credit\n",
    "commit_access": "commit_id,segment,amount,starting_on,ending_before\n"
    "welcome,1,30,2026-01-01,2027-01-01\n",
}


def tokens(id: str, count: int, day: str = "2026-02-05", customer: str = "acme") -> dict[str, Any]:
    """An event of so many tokens."""
    properties = {"model": "a", "input_tokens": count, "output_tokens": 0}
    return event(id, "llm_request", day, customer, **properties)


def event(id: str, kind: str, day: str, customer: str, **properties: Any) -> dict[str, Any]:
    """An event of ten o'clock."""
    return {
        "transaction_id": id,
        "customer_id": customer,
        "event_type": kind,
        "timestamp": f"{day}T10:00:00Z",
        "properties": properties,
    }


LANDED = [
    tokens("landed", 900),
    event("beta-landed", "api_call", "2026-02-05", "beta"),
    event("gone-landed", "api_call", "2026-02-05", "gone"),
]


def write_seeds(folder: Path) -> Path:
    """The price book."""
    folder.mkdir()
    for name, rows in SEEDS.items():
        (folder / f"{name}.csv").write_text(rows, "utf-8")
    return folder


def write_events(path: Path, events: list[Any]) -> Path:
    """One event a line; a text is a line as it stands."""
    lines = (one if isinstance(one, str) else json.dumps(one) for one in events)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def differences(rows: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], Decimal]:
    """The difference of each row, by what tells it."""
    return {tuple(row[name] for name in names): row["difference"] for row in rows}
