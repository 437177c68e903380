"""Price books: who buys what at which price. Customer number n has the one contract `k<n>`."""

from pathlib import Path

import duckdb

from benchmarks.generate.schemas import write_schemas

STARTS = "2024-01-01"

# Every kind of price that the contestants have to know: flat, by group, tiered, converted.
USAGE = {
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,Dollar,2,currency\n",
    "rate_cards": "rate_card_id,name,currency\ncard,Card,USD\n",
    "products": "product_id,name,type,pricing_group_keys,conversion_operation,conversion_factor,"
    "rounding_method,rounding_decimals\n"
    "calls,API calls,usage,region,,,,\n"
    "users,Active users,usage,region,,,,\n"
    "tokens,Tokens,usage,model,,,,\n"
    "transfer,Transfer,usage,region,divide,1000000000,up,3\n",
    "product_metrics": "product_id,metric,version,starting_on\n"
    f"calls,api_calls,1,{STARTS}\n"
    f"users,active_users,1,{STARTS}\n"
    f"tokens,llm_tokens,1,{STARTS}\n"
    f"transfer,transfer_bytes,1,{STARTS}\n",
    "rates": "rate_id,rate_card_id,product_id,pricing_group,starting_on,rate_type,price\n"
    f"calls,card,calls,,{STARTS},flat,0.001\n"
    f'calls-eu,card,calls,"{{""region"":""eu""}}",{STARTS},flat,0.00115\n'
    f"users,card,users,,{STARTS},tiered,\n"
    f"tokens,card,tokens,,{STARTS},tiered,\n"
    f"transfer,card,transfer,,{STARTS},flat,0.087\n",
    "rate_tiers": "rate_id,tier,up_to,price\n"
    "users,1,10,0\nusers,2,,2.5\n"
    "tokens,1,100000,0.00002\ntokens,2,1000000,0.000015\ntokens,3,,0.0000125\n",
}
# Three products with one price each: for very many contracts.
PLAIN = {
    **USAGE,
    "products": "product_id,name,type,pricing_group_keys\n"
    "calls,API calls,usage,region\ntokens,Tokens,usage,model\ntransfer,Transfer,usage,region\n",
    "product_metrics": "product_id,metric,version,starting_on\n"
    f"calls,api_calls,1,{STARTS}\ntokens,llm_tokens,1,{STARTS}\n"
    f"transfer,transfer_bytes,1,{STARTS}\n",
    "rates": "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
    f"calls,card,calls,{STARTS},flat,0.25\ntokens,card,tokens,{STARTS},flat,0.001\n"
    f"transfer,card,transfer,{STARTS},flat,0.0000001\n",
    "rate_tiers": "rate_id,tier,up_to,price\n",
}
# Metrics that a longer window does not get by adding up its days.
WHOLE_MONTH = {
    **PLAIN,
    "products": "product_id,name,type,pricing_group_keys\n"
    "users,Active users,usage,region\naverage,Storage,usage,region\n"
    "held,Storage held,usage,region\n",
    "product_metrics": "product_id,metric,version,starting_on\n"
    f"users,active_users,1,{STARTS}\naverage,storage_gb_daily_avg,1,{STARTS}\n"
    f"held,storage_gb_time_avg,1,{STARTS}\n",
    "rates": "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
    f"users,card,users,{STARTS},flat,2.5\naverage,card,average,{STARTS},flat,0.02\n"
    f"held,card,held,{STARTS},flat,0.03\n",
}
BOOKS = {"usage": USAGE, "plain": PLAIN, "whole_month": WHOLE_MONTH, "schemas": USAGE}


def write_price_book(folder: Path, book: str, customers: int, starting_on: str) -> None:
    """The book's CSV files, and its customers and contracts, which begin at `starting_on`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in BOOKS[book].items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    if book == "schemas":
        write_schemas(folder)
    lists = {
        "customers": "'c' || n as customer_id, 'Customer ' || n as name",
        "contracts": "'k' || n as contract_id, 'c' || n as customer_id, 'card' as rate_card_id,"
        f" date '{starting_on}' as starting_on, 'monthly' as billing_frequency,"
        " 'first_of_month' as billing_anchor",
    }
    with duckdb.connect() as con:
        for name, columns in lists.items():
            path = folder / f"{name}.parquet"
            con.execute(
                f"copy (select {columns} from range({customers}) as numbers(n))"
                f" to '{path}' (format parquet)"
            )
