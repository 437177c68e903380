"""The questions, in the order in which they are asked."""

from benchmarks.questions import (
    collector,
    door,
    hour,
    invoices,
    landing,
    limit,
    memory,
    nothing,
    rivals,
    whole_month,
)

QUESTIONS = {
    module.QUESTION.name: module.QUESTION
    for module in (
        limit,
        rivals,
        landing,
        collector,
        hour,
        nothing,
        invoices,
        memory,
        whole_month,
        door,
    )
}
