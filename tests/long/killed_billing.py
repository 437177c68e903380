"""A pass of deliveries to Stripe in a process of its own, killed before its call number N.

killed_billing.py HOME URL N; without a kill it ends with 0.
"""

import os
import signal
import sys
from pathlib import Path

import stripe

from meterhouse.delivery.billing.provider import Account
from meterhouse.delivery.billing.send import BillingSender
from meterhouse.delivery.billing.stripe_invoices import StripeInvoices
from meterhouse.delivery.deliver import deliver
from meterhouse.warehouse.clock import machine_clock


class Killed(stripe.RequestsClient):
    """Stripe's own client, which comes as far as it comes."""

    def __init__(self, calls: int):
        super().__init__()
        self.left = calls

    def request(self, *given, **more):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().request(*given, **more)


def once(home: Path, client: stripe.StripeClient) -> None:
    """A pass of deliveries to what a client speaks to."""
    account = Account(None, email="ap@acme.example")
    deliver(
        home,
        machine_clock,
        senders=lambda home, target: BillingSender(
            home, target.endpoint_id, StripeInvoices(client), {"acme": account}.get
        ),
    )


def main() -> None:
    home, url, calls = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    client = stripe.StripeClient(
        "sk_test_x", http_client=Killed(calls), base_addresses={"api": url}, max_network_retries=0
    )
    once(home, client)


if __name__ == "__main__":
    main()
