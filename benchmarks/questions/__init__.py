"""The questions, in the order in which they are asked."""

from benchmarks.questions import (
    billion,
    collector,
    contracts,
    door,
    history,
    hour,
    invoices,
    landing,
    limit,
    live,
    memory,
    nothing,
    pages,
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
        contracts,
        history,
        memory,
        whole_month,
        door,
        pages,
        live,
        billion,
    )
}
