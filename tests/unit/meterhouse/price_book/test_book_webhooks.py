"""Rows of webhook_endpoints.csv (S-75) and billing_accounts.csv (S-71): what is refused."""

import pytest

from meterhouse.price_book import PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.conftest import LOOKUPS, METRICS, rows, write_csv

ENDPOINTS = rows("""
    endpoint_id,url,event_types,customer_id,disabled,starting_on
    crm,https://hooks.example.com/in?a=b,invoice.*|contract.ended,,,2026-01-01
    acme,https://[2001:4860::1]:8443,*,acme,true,2026-01-01""")


@pytest.fixture
def load(seeds):
    """Loads the book with both endpoints, cells of the first one changed."""

    def load_with(**cells):
        write_csv(seeds / "webhook_endpoints.csv", [ENDPOINTS[0] | cells, ENDPOINTS[1]])
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_with


def test_endpoints_load_as_they_are_written(load):
    found = (
        load()
        .cursor()
        .execute(
            "select endpoint_id, event_types, disabled from webhook_endpoints order by endpoint_id"
        )
    )
    expected = [("acme", ["*"], True), ("crm", ["contract.ended", "invoice.*"], None)]
    assert found.fetchall() == expected


def test_a_book_without_endpoints_has_the_digest_that_it_had(load, seeds):
    without = load_price_book(seeds, METRICS, LOOKUPS).digest
    assert load().digest != without
    header = ",".join(ENDPOINTS[0])
    (seeds / "webhook_endpoints.csv").write_text(header + "\n")
    assert load_price_book(seeds, METRICS, LOOKUPS).digest == without


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"url": "http://hooks.example.com/"}, "url", "webhook_url"),
        ({"url": "HTTPS://hooks.example.com/"}, "url", "webhook_url"),
        ({"url": "https://user:word@hooks.example.com/"}, "url", "webhook_url"),
        ({"url": "https://hooks.example.com/a b"}, "url", "webhook_url"),
        ({"url": "https://hooks.example.com/#here"}, "url", "webhook_url"),
        ({"url": "https://hooks.example.com\\@evil.example/"}, "url", "webhook_url"),
        ({"url": "https://"}, "url", "webhook_url"),
        ({"url": "hooks.example.com"}, "url", "webhook_url"),
        ({"event_types": "invoice.made"}, "event_types", "unknown_webhook_event"),
        ({"event_types": "invoice.finalized|bill.*"}, "event_types", "unknown_webhook_event"),
        ({"event_types": "inv.*"}, "event_types", "unknown_webhook_event"),
        ({"event_types": "invoice.**"}, "event_types", "unknown_webhook_event"),
        ({"event_types": ""}, "event_types", "required"),
        ({"customer_id": "nobody"}, "customer_id", "unknown_reference"),
        ({"starting_on": ""}, "starting_on", "required"),
    ],
)
def test_a_wrong_row_is_told_by_its_place(load, cells, column, rule):
    with pytest.raises(PriceBookError) as refused:
        load(**cells)
    [problem] = refused.value.problems
    assert (problem.file, problem.row, problem.column, problem.rule) == (
        "webhook_endpoints.csv", 2, column, rule,
    )  # fmt: skip


def test_two_endpoints_have_two_secrets(load):
    with pytest.raises(PriceBookError, match="METERHOUSE_WEBHOOK_SECRET_ACME") as refused:
        load(endpoint_id="ACME")
    [problem] = refused.value.problems
    assert (problem.row, problem.rule) == (3, "webhook_secrets_of_one_name")


ACCOUNTS = rows("""
    customer_id,provider,provider_customer_id,collection,send_drafts_only,skip_zero,starting_on
    acme,stripe,cus_NffrFeUfNV2Hib,charge_automatically,true,,2026-01-01
    beta,files,,,,true,2026-01-01""")


@pytest.mark.parametrize(
    ("row", "cells", "column", "rule"),
    [
        (2, {"provider_customer_id": "", "collection": ""}, "email", "stripe_email"),
        (2, {"provider_customer_id": "acme"}, "provider_customer_id", "stripe_customer"),
        (2, {"provider_customer_id": "cus_1'"}, "provider_customer_id", "stripe_customer"),
        (3, {"provider": "stripe", "provider_customer_id": "cus_NffrFeUfNV2Hib"},
         "provider_customer_id", "provider_customer_twice"),
        (3, {"provider": "paper"}, "provider", "choice"),
        (3, {"collection": "later"}, "collection", "choice"),
        (3, {"customer_id": "acme", "provider_customer_id": "x"}, "customer_id", "duplicate_key"),
        (3, {"starting_on": ""}, "starting_on", "required"),
    ],
)  # fmt: skip
def test_a_wrong_account_is_told_by_its_place(seeds, row, cells, column, rule):
    table = [dict(account) for account in ACCOUNTS]
    write_csv(seeds / "billing_accounts.csv", table)
    load_price_book(seeds, METRICS, LOOKUPS)
    table[row - 2] |= cells
    write_csv(seeds / "billing_accounts.csv", table)
    with pytest.raises(PriceBookError) as refused:
        load_price_book(seeds, METRICS, LOOKUPS)
    [problem] = refused.value.problems
    assert (problem.file, problem.row, problem.column, problem.rule) == (
        "billing_accounts.csv", row, column, rule,
    )  # fmt: skip
