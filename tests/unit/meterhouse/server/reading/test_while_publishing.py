"""Reading while runs publish: every list is of one publication, or is told to start again."""

import shutil
import threading
from decimal import Decimal
from pathlib import Path

import metronome

from tests.unit.meterhouse.server.reading.tiny import FEBRUARY, JANUARY, invoice, publish, sdk

INVOICES, GENERATIONS = 3, 8


def publish_next(home: Path, number: int) -> None:
    """As a run does it: another generation, and of the others the last two are kept."""
    rows = [
        invoice(f"acme-1.usage.{place}", "acme", JANUARY, FEBRUARY, total=Decimal(number))
        for place in range(INVOICES)
    ]
    publish(home, {"invoices": rows}, generation=number)
    shutil.rmtree(home / ".marts" / str(number - 3), ignore_errors=True)


def test_no_list_mixes_two_publications(tmp_path):
    publish_next(tmp_path, 1)
    client = sdk(tmp_path).v1.customers.invoices
    is_over = threading.Event()
    lists, told = [], []

    def read() -> None:
        while not is_over.is_set():
            try:
                found = list(client.list(customer_id="acme", limit=1))
            except metronome.APIStatusError as error:
                told.append(error.status_code)
                continue
            lists.append([one.custom_fields["total"] for one in found])

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, GENERATIONS):
        publish_next(tmp_path, number)
    is_over.set()
    reader.join()
    assert lists and all(len(totals) == INVOICES for totals in lists)
    assert all(len(set(totals)) == 1 for totals in lists)
    assert set(told) <= {410}, told
