"""What the SDK can ask for and this server does not do, and what to do instead."""

from meterhouse.server.reading.errors import Refused

_RUN = "then: meterhouse run"
# Path, without what is open in it → the files of the price book and the command that do it.
WRITES = {
    "customers": f"add a row to customers.csv, {_RUN}",
    "customers/archive": f"end its contracts in contracts.csv, {_RUN}",
    "customers/*/setName": f"edit customers.csv, {_RUN}",
    "customers/*/setIngestAliases": f"edit customer_aliases.csv, {_RUN}",
    "customers/*/updateConfig": f"edit customers.csv, {_RUN}",
    "customers/*/addCharge": f"add a row to scheduled_charges.csv, {_RUN}",
    "customers/*/plans/add": f"add a contract to contracts.csv, {_RUN}",
    "customers/*/plans/*/end": f"set ending_before in contracts.csv, {_RUN}",
    "customers/updateNamedSchedule": f"edit the price book, {_RUN}",
    "billable-metrics/create": "write its files: meterhouse new-metric NAME",
    "billable-metrics/archive": "give its version a deprecation_date in its YAML file",
    "credit-types/create": f"add a row to pricing_units.csv, {_RUN}",
    "credit-types/archive": f"edit pricing_units.csv, {_RUN}",
    "contracts/create": f"add a row to contracts.csv, {_RUN}",
    "contracts/amend": f"edit contracts.csv, contract_overrides.csv or commits.csv, {_RUN}",
    "contracts/edit": f"edit contracts.csv, contract_overrides.csv or commits.csv, {_RUN}",
    "contracts/archive": f"set ending_before in contracts.csv, {_RUN}",
    "contracts/updateEndDate": f"set ending_before in contracts.csv, {_RUN}",
    "contracts/commits/edit": f"edit commits.csv and commit_access.csv, {_RUN}",
    "contracts/credits/edit": f"edit commits.csv and commit_access.csv, {_RUN}",
    "contracts/addManualBalanceLedgerEntry": f"add a credit to commits.csv, {_RUN}",
    "contracts/createHistoricalInvoices": f"add rows to scheduled_charges.csv, {_RUN}",
    "contracts/scheduleProServicesInvoice": f"add a row to scheduled_charges.csv, {_RUN}",
    "contracts/setUsageFilter": f"edit pricing_group_keys in products.csv, {_RUN}",
    "contracts/updateNamedSchedule": f"edit the price book, {_RUN}",
    "contracts/customerCommits/create": f"add rows to commits.csv and commit_access.csv, {_RUN}",
    "contracts/customerCommits/updateEndDate": f"edit commit_access.csv, {_RUN}",
    "contracts/customerCredits/create": f"add rows to commits.csv and commit_access.csv, {_RUN}",
    "contracts/customerCredits/updateEndDate": f"edit commit_access.csv, {_RUN}",
    "contract-pricing/products/create": f"add a row to products.csv, {_RUN}",
    "contract-pricing/products/update": f"edit products.csv, {_RUN}",
    "contract-pricing/products/archive": f"end its rates in rates.csv, {_RUN}",
    "contract-pricing/rate-cards/create": f"add a row to rate_cards.csv, {_RUN}",
    "contract-pricing/rate-cards/update": f"edit rate_cards.csv, {_RUN}",
    "contract-pricing/rate-cards/archive": f"end its contracts in contracts.csv, {_RUN}",
    "contract-pricing/rate-cards/addRate": f"add a row to rates.csv, {_RUN}",
    "contract-pricing/rate-cards/addRates": f"add rows to rates.csv, {_RUN}",
    "contract-pricing/rate-cards/updateNamedSchedule": f"edit rates.csv, {_RUN}",
    "contract-pricing/rate-cards/moveRateCardProducts": f"edit rates.csv, {_RUN}",
    "contract-pricing/rate-cards/setRateCardProductsOrder": f"edit rates.csv, {_RUN}",
    "packages/create": f"add rows to packages.csv and its tables, {_RUN}",
    "packages/archive": f"edit packages.csv, {_RUN}",
    "credits/createGrant": f"add a credit to commits.csv and commit_access.csv, {_RUN}",
    "credits/editGrant": f"edit commits.csv and commit_access.csv, {_RUN}",
    "credits/voidGrant": f"edit commit_access.csv, {_RUN}",
    "invoices/void": "take it back: meterhouse void INVOICE --reason TEXT",
    "invoices/regenerate": "take it back, the next run makes its replacement: meterhouse void "
    "INVOICE --reason TEXT, then: meterhouse run",
    "alerts/create": f"add a row to alerts.csv, {_RUN}",
    "alerts/archive": f"set enabled to false in alerts.csv, {_RUN}",
}
# What the SDK can read and this server does not answer → where it stands.
READS = {
    "customers/*/invoices/breakdowns": "sub_line_items of the invoice's lines have its breakdown; "
    "by day: mart usage_daily.",
    "customers/*/invoices/*/pdf": "meterhouse invoice INVOICE prints it.",
    "customers/*/billable-metrics": "billable_metrics.list has those of all customers.",
    "customers/*/costs": "mart invoice_lines has what each line costs.",
    "contracts/list": "contracts.csv of the price book, and the marts, have them.",
    "contracts/get": "contracts.csv of the price book, and the marts, have it.",
    "contracts/customerCommits/list": "contracts.list_balances has commits and credits.",
    "contracts/customerCredits/list": "contracts.list_balances has commits and credits.",
}
_NOT_HERE = "There is nothing at this path. docs/http_reading.md lists what is read here."


def check_served(segments: list[str]) -> None:
    """404 for what is read elsewhere; some of its paths look like an id in another."""
    for path, where in READS.items():
        if _fits(path.split("/"), segments[1:]):
            raise Refused(404, f"This is not answered here: {where}")


def refusal(method: str, segments: list[str], methods: set[str]) -> Refused:
    """403 for a write, 405 for a path that has other methods, 404 for the rest.

    `segments` begin with the version of the interface: v1 or v2.
    """
    if method != "GET":
        for path, instead in WRITES.items():
            if _fits(path.split("/"), segments[1:]):
                return Refused(
                    403,
                    "Nothing is written over HTTP but events: the price book is files, which are "
                    f"reviewed and kept. Instead, {instead}.",
                )
    if methods:
        allow = tuple(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        return Refused(405, f"This path takes {' or '.join(allow)}.", allow=allow)
    return Refused(404, _NOT_HERE)


def _fits(path: list[str], segments: list[str]) -> bool:
    return len(path) == len(segments) and all(
        part in ("*", found) for part, found in zip(path, segments, strict=True)
    )
