"""A small company for previews: January is final, February is a draft.

Tokens cost 0.01 each: a call has 100 input and 50 output tokens, 150 tokens in version 1 of
llm_tokens and 300 in version 2. Beta has a credit of 2 USD. Quiet stores 7 GB from
15 January on; its contract of January sells none, the one of February does: a GB costs 1.
"""

import hashlib
import json
from datetime import date
from pathlib import Path

AS_OF = "2026-02-10T00:00:00Z"
SEEDS = {
    "customers": "customer_id,name\nacme,Acme\nbeta,Beta\nquiet,Quiet\n",
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,US dollar,2,currency\n",
    "products": "product_id,name,type,pricing_group_keys\ntokens,Tokens,usage,model\n"
    "calls,Calls,usage,\ngb,Storage,usage,\ncredit,Welcome credit,fixed,\n",
    "product_metrics": "product_id,metric,version,starting_on\n"
    "tokens,llm_tokens,1,2026-01-01\ncalls,api_calls,1,2026-01-01\ngb,storage_gb_latest,1,2026-01-01\n",
    "rate_cards": "rate_card_id,name,currency\nlist,List,USD\nstored,Stored,USD\nbare,Bare,USD\n",
    "rates": "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
    "t,list,tokens,2026-01-01,flat,0.01\nc,list,calls,2026-01-01,flat,1\n"
    "g,stored,gb,2026-01-01,flat,1\nb,bare,calls,2026-01-01,flat,1\n",
    "contracts": "contract_id,customer_id,rate_card_id,starting_on,ending_before,"
    "billing_frequency,billing_anchor\nacme-1,acme,list,2026-01-01,,monthly,first_of_month\n"
    "beta-1,beta,list,2026-01-01,,monthly,first_of_month\n"
    "quiet-1,quiet,bare,2026-01-01,2026-02-01,monthly,first_of_month\n"
    "quiet-2,quiet,stored,2026-02-01,,monthly,first_of_month\n",
    "commits": "commit_id,contract_id,product_id,name,type\nwelcome,beta-1,credit,Welcome,credit\n",
    "commit_access": "commit_id,segment,amount,starting_on,ending_before\n"
    "welcome,1,2,2026-01-01,2027-01-01\n",
}
# customer, event type, day, how many
USAGE = [
    ("acme", "llm_request", date(2026, 1, 15), 2),
    ("acme", "api_call", date(2026, 1, 15), 5),
    ("acme", "llm_request", date(2026, 2, 3), 1),
    ("beta", "llm_request", date(2026, 1, 15), 1),
    ("beta", "llm_request", date(2026, 2, 3), 1),
    ("quiet", "storage_sample", date(2026, 1, 15), 1),
]


def write_seeds(folder: Path, **changed: str) -> Path:
    """The price book, with some files changed."""
    folder.mkdir()
    for name, rows in {**SEEDS, **changed}.items():
        (folder / f"{name}.csv").write_text(rows, "utf-8")
    return folder


def write_events(path: Path) -> Path:
    """All usage, one event per line."""
    with path.open("w", encoding="utf-8") as lines:
        for customer, event_type, day, count in USAGE:
            for number in range(count):
                event = {
                    "transaction_id": f"{customer}-{event_type}-{day}-{number}",
                    "customer_id": customer,
                    "event_type": event_type,
                    "timestamp": f"{day}T0{number}:00:00Z",
                    "properties": {"model": "a", "input_tokens": 100, "output_tokens": 50}
                    if event_type != "storage_sample"
                    else {"region": "eu", "gb": 7},
                }
                lines.write(json.dumps(event) + "\n")
    return path


def digests(home: Path) -> dict[str, str]:
    """SHA-256 of every file of a data directory, by its path there; links by where they point."""
    return {
        str(path.relative_to(home)): str(path.readlink())
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_symlink() or path.is_file()
    }
