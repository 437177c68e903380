"""Logs to begin from: a month of events or a year of them, up to one moment, then hour by hour."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.cost import Cost
from benchmarks.generate.events import CUSTOMERS, Stream
from benchmarks.pipeline import Pipeline

# The moment up to which a prepared log reaches; the hours that are measured follow.
NOW = datetime(2026, 1, 30, 10, tzinfo=UTC)
MONTH = (date(2026, 1, 1), date(2026, 2, 1))
# Numbers of later events begin here, above those of any log.
LATER = 1_000_000_000


def instant(moment: datetime | date) -> str:
    """RFC 3339, as the command line wants it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def month_stream(size: int, mix: str = "usage", customers: int = CUSTOMERS) -> Stream:
    """`size` events of January 2026 up to NOW."""
    return Stream(0, size, str(MONTH[0]), f"{NOW:%Y-%m-%d %H:%M}", mix, customers)


def year_streams(size: int) -> list[tuple[Stream, datetime | date]]:
    """`size` events of the twelve months up to NOW, each month with the moment it is landed."""
    firsts = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(1, 14)]
    streams = []
    # Even parts, so that what is sent again was sent before in its part; the last takes the rest.
    part = size // 12 // 200 * 200
    for number in range(12):
        count = size - 11 * part if number == 11 else part
        end = NOW if number == 11 else firsts[number + 1]
        text = f"{end:%Y-%m-%d %H:%M}" if number == 11 else str(end)
        streams.append((Stream(number * part, count, str(firsts[number]), text), end))
    return streams


@dataclass
class GrowingPipeline:
    """A pipeline with a log that grows by an hour of new events at a time."""

    bench: Bench
    pipeline: Pipeline
    new_events: int
    mix: str = "usage"
    now: datetime = NOW
    hours: int = 0
    customers: int = CUSTOMERS

    def land_hour(self, as_parquet: bool = False) -> Cost:
        """Land the events of the next hour."""
        begin, self.now = self.now, self.now + timedelta(hours=1)
        start, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in (begin, self.now))
        first = LATER + self.hours * self.new_events
        stream = Stream(first, self.new_events, start, end, self.mix, self.customers)
        self.hours += 1
        folder = self.bench.parquet(stream) if as_parquet else self.bench.ndjson(stream)
        return self.pipeline.ingest(folder, instant(self.now))

    def run(self, *options: str) -> Cost:
        """Run at the moment that is reached."""
        return self.pipeline.run(instant(self.now), *options)

    def run_later(self, *options: str) -> Cost:
        """Run a minute later, when nothing has landed."""
        self.now += timedelta(minutes=1)
        return self.run(*options)

    def watch_later(self, answer: Path, *options: str) -> Cost:
        """The same under a stop watch (benchmarks.watched_run), which writes `answer`."""
        self.now += timedelta(minutes=1)
        command = [str(answer), "run", *options, "--as-of", instant(self.now)]
        return self.pipeline.call(*command, module="benchmarks.watched_run")


def prepare(
    bench: Bench, name: str, size: int, spread: str, new_events: int, book: str, mix: str
) -> GrowingPipeline:
    """A pipeline that has `size` events of a month or a year, landed and run once; not measured."""
    bench.say(f"{name}: a log of {size:,} events of a {spread}")
    if spread == "year":
        landings, starting_on = year_streams(size), "2025-02-01"
    else:
        landings, starting_on = [(month_stream(size, mix), NOW)], str(MONTH[0])
    pipeline = Pipeline(
        bench.fresh(f"homes/{name}-{spread}-{size}"), bench.book(book, CUSTOMERS, starting_on)
    )
    for stream, moment in landings:
        pipeline.ingest(bench.ndjson(stream), instant(moment))
    pipeline.run(instant(NOW))
    return GrowingPipeline(bench, pipeline, new_events, mix)
