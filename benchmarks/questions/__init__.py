"""The questions, in the order in which they are asked."""

from benchmarks.questions import (
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
    for module in (limit, rivals, landing, hour, nothing, invoices, memory, whole_month, door)
}
