"""The command, killed by SIGKILL at a point: python killed.py POINT run --as-of …"""

import functools
import importlib
import os
import signal
import sys

# A function, and whether the kill comes before it or after it.
CALLS = {
    "price book half frozen": ("dagster_pipeline.price_book.freeze", "write_sums", "before"),
    "inputs half written": ("dagster_pipeline.warehouse.inputs", "sync_log", "after"),
    "invoices written, not committed": (
        "dagster_pipeline.ledger.store",
        "DeltaTable.create_write_transaction",
        "before",
    ),
    "committed, not sealed": ("dagster_pipeline.ledger.store", "seal_commit", "before"),
    "marts half written": ("dagster_pipeline.warehouse.publish", "_write", "after"),
    "marts written, not published": ("dagster_pipeline.warehouse.publish", "_swap", "before"),
    "published": ("dagster_pipeline.warehouse.publish", "_swap", "after"),
}
# The end of a dbt model.
MODELS = ("landed_events", "due_windows", "computed_windows", "draft_lines", "invoice_lines")


def die(*args: object, **kwargs: object) -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at_call(module: str, name: str, when: str) -> None:
    """Kill when that function is called, or when it has returned."""
    owner = importlib.import_module(module)
    *path, name = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    original = getattr(owner, name)

    @functools.wraps(original)
    def after(*args, **kwargs):
        original(*args, **kwargs)
        die()

    setattr(owner, name, die if when == "before" else after)


def kill_at_model(model: str) -> None:
    """Kill when dbt says that the model is done; others may be half-way in the other thread."""
    build = importlib.import_module("dagster_pipeline.dbt_build.build")
    original = build.invoke

    def invoke(*args, callback, **kwargs):
        def on_event(event):
            if event.info.name == "LogModelResult" and event.data.node_info.node_name == model:
                die()
            callback(event)

        return original(*args, callback=on_event, **kwargs)

    build.invoke = invoke


if __name__ == "__main__":
    point = sys.argv[1]
    if point in CALLS:
        kill_at_call(*CALLS[point])
    else:
        kill_at_model(point)
    from dagster_pipeline.cli import main

    sys.exit(main(sys.argv[2:]))
