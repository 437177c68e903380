"""Places at which the book of `conftest.py` is broken, and where its problem is told.

`case("rates 2 price bound", ("rates", 0, {"price": "-1"}))`: with that price in the first row of
rates, there is one problem, in row 2 of rates.csv, column price, by the rule `bound`. None instead
of the number adds a row that begins as a copy of the table's last.
"""

Edit = tuple[str, int | None, dict[str, str]]
Case = tuple[tuple[Edit, ...], tuple[str, int, str, str]]


def case(expected: str, *edits: Edit) -> Case:
    """`expected` is `table row column rule`; row 1 is the header."""
    table, row, column, rule = expected.split()
    return edits, (f"{table}.csv", int(row), column, rule)


CUSTOMERS_AND_UNITS = [
    case("customer_aliases 2 alias alias_is_customer_id",
         ("customer_aliases", 0, {"alias": "beta"})),
    case("customer_aliases 3 alias duplicate_key",
         ("customer_aliases", None, {"customer_id": "beta"})),
    # A key handed over: both rows hold in February (S-9).
    case("customer_aliases 3 starting_on alias_of_two_customers",
         ("customer_aliases", 0, {"ending_before": "2026-03-01"}),
         ("customer_aliases", None, {"customer_id": "beta", "starting_on": "2026-02-01",
                                     "ending_before": ""})),
    # The same customer twice would count its events twice.
    case("customer_aliases 3 starting_on alias_of_two_customers",
         ("customer_aliases", None, {"starting_on": "2026-02-01", "ending_before": "2026-02-02"})),
    case("customer_aliases 2 ending_before dates_out_of_order",
         ("customer_aliases", 0, {"starting_on": "2026-02-01", "ending_before": "2026-02-01"})),
    case("customer_aliases 2 customer_id unknown_reference",
         ("customer_aliases", 0, {"customer_id": "nobody"})),
    case("customers 4 customer_id duplicate_key", ("customers", None, {})),
    case("pricing_units 2 decimals bound", ("pricing_units", 0, {"decimals": "5"})),
    case("pricing_units 2 decimals required", ("pricing_units", 0, {"decimals": ""})),
    case("rate_cards 3 currency card_currency", ("rate_cards", 1, {"currency": "CR"})),
    case("rate_cards 3 currency unknown_reference", ("rate_cards", 1, {"currency": "GBP"})),
    case("pricing_unit_conversions 3 pricing_unit conversion_of_currency",
         ("pricing_unit_conversions", None, {"pricing_unit": "EUR"})),
    case("pricing_unit_conversions 3 rate_card_id duplicate_key",
         ("pricing_unit_conversions", None, {})),
    case("pricing_unit_conversions 2 price bound",
         ("pricing_unit_conversions", 0, {"price": "-0.01"})),
    case("rates 7 pricing_unit unit_of_rate", ("rates", 5, {"pricing_unit": "EUR"})),
    case("rates 5 pricing_unit custom_unit_for_usage_only", ("rates", 3, {"pricing_unit": "CR"})),
    case("rates 8 pricing_unit conversion_missing", ("rates", 6, {"pricing_unit": "CR"})),
    case("commits 2 pricing_unit unit_of_commit", ("commits", 0, {"pricing_unit": "EUR"})),
    case("commits 3 pricing_unit unit_of_commit", ("commits", 1, {"pricing_unit": "CR"})),
    case("commits 5 pricing_unit conversion_missing",
         ("commits", None, {"commit_id": "k4", "contract_id": "c2"}),
         ("commit_access", None, {"commit_id": "k4"})),
]  # fmt: skip

PRODUCTS = [
    case("products 2 conversion_factor conversion_incomplete",
         ("products", 0, {"conversion_factor": ""})),
    case("products 2 conversion_factor bound", ("products", 0, {"conversion_factor": "0"})),
    case("products 2 rounding_decimals rounding_incomplete",
         ("products", 0, {"rounding_decimals": ""})),
    case("products 2 rounding_decimals bound", ("products", 0, {"rounding_decimals": "11"})),
    case("products 4 type only_for_usage", ("products", 2, {"presentation_group_keys": "user_id"})),
    case("products 2 pricing_group_keys key_not_in_metric",
         ("products", 0, {"pricing_group_keys": "model|region|zone"})),
    case("products 3 presentation_group_keys key_not_in_metric",
         ("products", 1, {"presentation_group_keys": "user_id"})),
    case("product_metrics 2 metric unknown_metric", ("product_metrics", 0, {"metric": "token"})),
    case("product_metrics 2 metric unknown_metric", ("product_metrics", 0, {"version": "3"})),
    case("product_metrics 4 product_id duplicate_key", ("product_metrics", None, {})),
    case("product_metrics 4 product_id metric_of_other_type",
         ("product_metrics", None, {"product_id": "seat"})),
    case("composite_products 3 product_id composite_of_other_type",
         ("composite_products", None, {"product_id": "seat"})),
    case("composite_products 2 applies_to_product_id composite_target",
         ("composite_products", 0, {"applies_to_product_id": "calls"})),
    case("composite_products 3 applies_to_product_id composite_target",
         ("composite_products", None, {"applies_to_product_id": "", "applies_to_tag": ""})),
    case("composite_products 3 applies_to_product_id composite_of_composite",
         ("composite_products", None, {"applies_to_product_id": "support", "applies_to_tag": ""})),
    case("composite_products 2 applies_to_tag unknown_tag",
         ("composite_products", 0, {"applies_to_tag": "aii"})),
    case("composite_products 3 product_id duplicate_key", ("composite_products", None, {})),
    case("products 7 type composite_without_products",
         ("products", None, {"product_id": "care"})),
]  # fmt: skip

NEW_RATE = {"rate_id": "r8", "rate_card_id": "list", "product_id": "tokens"}

RATES = [
    case("rates 9 rate_id duplicate_key", ("rates", None, {"starting_on": "2024-01-01",
                                                          "ending_before": "2025-01-01"})),
    case("rates 2 rate_card_id unknown_reference", ("rates", 0, {"rate_card_id": "lst"})),
    case("rates 9 product_id unknown_reference", ("rates", None, NEW_RATE | {"product_id": "x"})),
    case("rates 2 ending_before dates_out_of_order", ("rates", 0, {"ending_before": "2025-01-01"})),
    case("rates 2 price price_missing", ("rates", 0, {"price": ""})),
    case("rates 2 price bound", ("rates", 0, {"price": "-1"})),
    case("rates 3 price price_beside_tiers", ("rates", 1, {"price": "1"})),
    case("rates 4 package_size package_size_missing", ("rates", 2, {"package_size": ""})),
    case("rates 4 package_size bound", ("rates", 2, {"package_size": "0"})),
    case("rates 2 package_size package_size_unused", ("rates", 0, {"package_size": "10"})),
    case("rates 4 commit_price commit_price_unused", ("rates", 2, {"commit_price": "1"})),
    case("rates 2 minimum_amount bounds_unused", ("rates", 0, {"maximum_amount": "1"})),
    case("rates 6 minimum_amount minimum_above_maximum", ("rates", 4, {"minimum_amount": "10"})),
    case("rates 8 rate_type rate_type_of_product", ("rates", 6, {"rate_type": "percentage"})),
    case("rates 6 rate_type rate_type_of_product",
         ("rates", 4, {"rate_type": "flat", "minimum_amount": "", "maximum_amount": ""})),
    case("rates 9 rate_type rate_type_of_product",
         ("rates", None, {"rate_id": "r8", "product_id": "seat", "rate_type": "package",
                          "package_size": "2"})),
    case("rates 2 pricing_group key_not_in_product",
         ("rates", 0, {"pricing_group": '{"modell":"a"}'})),
    # the same group twice
    case("rates 9 pricing_group ambiguous_rates",
         ("rates", None, NEW_RATE | {"pricing_group": '{ "model": "a" }'})),
    # other keys, no value in conflict: both agree with model a in region eu
    case("rates 9 pricing_group ambiguous_rates",
         ("rates", None, NEW_RATE | {"pricing_group": '{"region":"eu"}'})),
    case("rates 9 pricing_group ambiguous_rates",
         ("rates", None, NEW_RATE | {"pricing_group": '{"model":"b","region":"eu"}',
                                      "ending_before": "2025-01-02"})),
]  # fmt: skip

TIERS = [
    case("rates 8 rate_type tiers_missing", ("rates", 6, {"rate_type": "tiered", "price": ""})),
    case("contract_overrides 2 rate_type tiers_missing",
         ("contract_overrides", 0, {"rate_type": "tiered", "price": ""})),
    case("rate_tiers 6 rate_id unknown_reference", ("rate_tiers", None, {"rate_id": "r99"})),
    case("rate_tiers 6 rate_id tiers_unused", ("rate_tiers", None, {"rate_id": "r1"})),
    case("rate_tiers 6 rate_id tiers_unused", ("rate_tiers", None, {"rate_id": "o2"})),
    case("rate_tiers 5 rate_id tiers_of_two", ("rates", 1, {"rate_id": "o4"}),
         ("rate_tiers", 0, {"rate_id": "o5"}), ("rate_tiers", 1, {"rate_id": "o5"}),
         ("rate_tiers", 2, {"rate_id": "o5"}),
         ("contract_overrides", None, {"override_id": "o5", "rate_type": "tiered"})),
    case("rate_tiers 4 tier tier_numbers", ("rate_tiers", 2, {"tier": "4"})),
    case("rate_tiers 4 rate_id duplicate_key", ("rate_tiers", 2, {"tier": "2"}),
         ("rate_tiers", 1, {"up_to": ""})),
    case("rate_tiers 3 up_to tier_order", ("rate_tiers", 1, {"up_to": "10"})),
    case("rate_tiers 2 up_to bound", ("rate_tiers", 0, {"up_to": "0"})),
    case("rate_tiers 3 up_to tier_without_end", ("rate_tiers", 1, {"up_to": ""})),
    case("rate_tiers 4 up_to last_tier_ends", ("rate_tiers", 2, {"up_to": "1000"})),
    case("rate_tiers 2 price bound", ("rate_tiers", 0, {"price": "-1"})),
    case("rate_tiers 2 flat_fee bound", ("rate_tiers", 0, {"flat_fee": "-1"})),
]  # fmt: skip

CONTRACTS = [
    case("contracts 4 contract_id duplicate_key",
         ("contracts", None, {"starting_on": "2027-01-15", "ending_before": ""})),
    case("contracts 2 customer_id unknown_reference", ("contracts", 0, {"customer_id": "acne"})),
    case("contracts 3 rate_card_id unknown_reference", ("contracts", 1, {"rate_card_id": "x"})),
    case("contracts 3 ending_before dates_out_of_order",
         ("contracts", 1, {"ending_before": "2026-01-15"})),
    case("contracts 2 net_payment_days bound", ("contracts", 0, {"net_payment_days": "-1"})),
    case("contracts 3 rate_card_id product_sold_twice", ("contracts", 1, {"customer_id": "acme"})),
    case("subscriptions 2 product_id subscription_of_other_type",
         ("subscriptions", 0, {"product_id": "calls"})),
    case("subscriptions 2 product_id subscription_without_rate",
         ("subscriptions", 0, {"contract_id": "c2"})),
    case("subscriptions 2 product_id subscription_without_rate",
         ("rates", 3, {"starting_on": "2026-01-02"}), ("subscriptions", 0, {})),
    case("subscriptions 2 product_id subscription_without_rate",
         ("rates", 3, {"entitled": "false"}), ("subscriptions", 0, {})),
    case("subscriptions 2 quantity bound", ("subscriptions", 0, {"quantity": "-1"})),
    case("subscription_quantities 3 subscription_id duplicate_key",
         ("subscription_quantities", None, {"quantity": "6"})),
    case("subscription_quantities 2 quantity bound",
         ("subscription_quantities", 0, {"quantity": "-1"})),
    case("scheduled_charges 2 unit_price bound", ("scheduled_charges", 0, {"unit_price": "-1"})),
    case("scheduled_charges 2 contract_id unknown_reference",
         ("scheduled_charges", 0, {"contract_id": "c9"})),
]  # fmt: skip

OVERRIDES = [
    case("contract_overrides 2 product_id override_target",
         ("contract_overrides", 0, {"tag": "ai"})),
    case("contract_overrides 2 product_id override_target",
         ("contract_overrides", 0, {"product_id": ""})),
    case("contract_overrides 3 tag unknown_tag", ("contract_overrides", 1, {"tag": "a"})),
    case("contract_overrides 2 price price_missing", ("contract_overrides", 0, {"price": ""})),
    case("contract_overrides 5 price price_beside_tiers",
         ("contract_overrides", 3, {"price": "1"})),
    case("contract_overrides 2 package_size package_size_missing",
         ("contract_overrides", 0, {"rate_type": "package"})),
    case("contract_overrides 2 package_size package_size_unused",
         ("contract_overrides", 0, {"package_size": "2"})),
    case("contract_overrides 3 multiplier override_incomplete",
         ("contract_overrides", 1, {"multiplier": ""})),
    case("contract_overrides 3 multiplier bound", ("contract_overrides", 1, {"multiplier": "-1"})),
    case("contract_overrides 4 entitled override_incomplete",
         ("contract_overrides", 2, {"entitled": ""})),
    case("contract_overrides 3 override_type override_cells",
         ("contract_overrides", 1, {"price": "2"})),
    case("contract_overrides 3 override_type override_cells",
         ("contract_overrides", 1, {"rate_type": "flat"})),
    case("contract_overrides 2 rate_type rate_type_of_product",
         ("contract_overrides", 0, {"rate_type": "percentage"})),
    case("contract_overrides 3 ending_before dates_out_of_order",
         ("contract_overrides", 1, {"ending_before": "2025-12-31"})),
]  # fmt: skip

COMMITS = [
    case("commits 2 product_id commit_of_other_type", ("commits", 0, {"product_id": "seat"})),
    case("commits 5 commit_id commit_without_access", ("commits", None, {"commit_id": "k4"})),
    case("commits 3 type postpaid_segments", ("commit_access", None, {"commit_id": "k2",
                                                                     "segment": "2"})),
    case("commit_access 3 segment segment_numbers", ("commit_access", 1, {"segment": "3"})),
    case("commit_access 3 commit_id duplicate_key", ("commit_access", 1, {"segment": "1"})),
    case("commit_access 2 ending_before dates_out_of_order",
         ("commit_access", 0, {"ending_before": "2026-01-01"})),
    case("commit_access 2 amount bound", ("commit_access", 0, {"amount": "-1"})),
    # A credit, a postpaid commit, and one that nobody buys: nothing could be paid (S-73).
    *(case(f"commits {row} payment_gated gated_without_purchase",
           ("commits", row - 2, {"payment_gated": "true"})) for row in (3, 4)),
    case("commits 5 payment_gated gated_without_purchase",
         ("commits", None, {"commit_id": "k4", "type": "prepaid", "pricing_unit": "",
                            "payment_gated": "true"}),
         ("commit_access", None, {"commit_id": "k4"})),
    case("commit_invoices 3 commit_id credit_invoiced",
         ("commit_invoices", None, {"commit_id": "k3"})),
    case("commit_invoices 3 commit_id unknown_reference",
         ("commit_invoices", None, {"commit_id": "k9"})),
    case("commit_applies_to 3 product_id applies_to_target",
         ("commit_applies_to", 1, {"product_id": "calls"})),
    case("commit_applies_to 3 product_id applies_to_target", ("commit_applies_to", 1, {"tag": ""})),
    case("commit_applies_to 3 tag unknown_tag", ("commit_applies_to", 1, {"tag": "x"})),
    case("model_weights 3 model duplicate_key", ("model_weights", None, {})),
]  # fmt: skip

CASES = [
    *CUSTOMERS_AND_UNITS, *PRODUCTS, *RATES, *TIERS, *CONTRACTS, *OVERRIDES, *COMMITS,
]  # fmt: skip
