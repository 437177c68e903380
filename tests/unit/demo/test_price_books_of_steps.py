"""Which price book each step of the demo runs with: an end is unknown before it is written (S-35a).

Guards against a fee that was never charged for the days that are given back, and against a replay
that leaves another price book behind than `seeds/`.
"""

import csv
from datetime import timedelta

from rich.console import Console

from demo.company import CANCELLED
from demo.replay import PROJECT, Replay


def ends(folder):
    with (folder / "subscriptions.csv").open(encoding="utf-8", newline="") as file:
        return {row["subscription_id"]: row["ending_before"] for row in csv.DictReader(file)}


def test_before_it_is_written_nobody_knows_it(tmp_path):
    known = ends(PROJECT / "seeds")
    for subscription, written in CANCELLED.items():
        earlier = Replay(tmp_path, Console()).price_book_at(written - timedelta(days=1))
        assert ends(earlier) == known | dict.fromkeys(CANCELLED, "")
        assert known[subscription]


def test_from_then_on_it_is_the_price_book_of_the_project(tmp_path):
    assert Replay(tmp_path, Console()).price_book_at(max(CANCELLED.values())) == PROJECT / "seeds"
