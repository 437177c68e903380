"""The SQL around one metric's model: which events, which windows, what came out.

In the scratch warehouse; `source` is the warehouse of the last run, attached read-only. Statements
are separated by semicolons.
"""

# A customer without a contract in that month is metered over the month: the metric may be tried
# before anything is sold.
PERIODS = """
    create table preview.identities as
    select identities.sent_id, identities.starting_on, identities.ending_before
    from (
        select price_book, customer_id as sent_id, customer_id, null as starting_on,
            null as ending_before
        from source.price_book.customers
        union all
        select price_book, alias, customer_id, starting_on, ending_before
        from source.price_book.customer_aliases
    ) as identities
    inner join inputs.run as run using (price_book)
    where identities.customer_id = $customer;
    create table preview.periods as
    select contract_id, period_start, period_end
    from source.calendar.billing_periods
    where customer_id = $customer and period_start < $end::date and period_end > $start::date;
    insert into preview.periods
    select '(no contract)', $start, $end
    where not exists (from preview.periods)
"""

# Which events of the log are the customer's and of the metric's types; `$holds` is filled in:
# whether an id is the customer's on the event's day (S-9).
OF_CUSTOMER = """
    repeat_kind is null
        and list_contains($types, event_type)
        and exists (
            from preview.identities as identities
            where identities.sent_id = customer_id and $holds
        )
"""

# `$of_customer` is filled in, here and below.
EVENTS = """
    create table events.events as
    select event_seq, transaction_id, customer_id, event_type, timestamp, event_date, properties,
        property_texts, false as is_alone,
    from source.events.landed_events
    where $of_customer
        and event_date >= (select min(period_start) from preview.periods)
        and event_date < (select max(period_end) from preview.periods);
    insert into events.events
    select * replace ('event ' || event_seq as customer_id, true as is_alone)
    from events.events
    order by timestamp desc, event_seq desc
    limit $limit
"""

# A metric whose days roll up by their values alone (sum, max, min) is measured by day; any other
# over all days up to each.
WINDOWS = """
    alter table calendar.due_windows add column period_start date;
    insert into calendar.due_windows by name
    select
        $metric as metric,
        $version as metric_version,
        contract_id,
        case when $rolls_up then day else period_start end as window_start,
        day + 1 as window_end,
        period_start,
        false as is_obsolete,
        '' as fingerprint,
    from (
        select *, unnest(generate_series(period_start, period_end - 1, interval 1 day))::date as day
        from preview.periods
    )
    where day <= (select as_of::date from inputs.run)
    union all
    select $metric, $version, customer_id, event_date, event_date + 1, null, false, ''
    from events.events
    where is_alone;
    insert into calendar.due_window_days by name
    select
        windows.metric,
        windows.metric_version,
        windows.contract_id,
        windows.window_start,
        windows.window_end,
        run.price_book,
        days.customer_id as sent_id,
        days.event_type,
        days.event_date,
    from calendar.due_windows as windows
    cross join inputs.run as run
    inner join (
        select distinct customer_id, event_type, event_date, is_alone from events.events
    ) as days
        on days.event_date >= windows.window_start
        and days.event_date < windows.window_end
        and case when days.is_alone then days.customer_id = windows.contract_id
            else windows.period_start is not null end
"""

# What the periods begin with (S-56); `$latest` is filled in: the latest event of each combination
# in `carriable` before a period's start. A metric that carries nothing has none.
CARRIED = """
    create table preview.carriable as
    select *
    from source.events.landed_events
    where $of_customer
        and exists (
            from source.price_book.contracts as contracts
            inner join inputs.run as run using (price_book)
            where contracts.customer_id = $customer
                and event_date >= contracts.starting_on
                and event_date < coalesce(contracts.ending_before, event_date + 1)
        );
    create table preview.carried as
    select periods.contract_id, periods.period_start, unnest(latest.event)
    from preview.periods as periods
    inner join lateral ($latest) as latest on true
    where periods.contract_id <> '(no contract)';
    insert into calendar.due_window_days by name
    select
        windows.metric,
        windows.metric_version,
        windows.contract_id,
        windows.window_start,
        windows.window_end,
        run.price_book,
        carried.customer_id as sent_id,
        carried.* exclude (contract_id, period_start, customer_id, log_version)
    from calendar.due_windows as windows
    cross join inputs.run as run
    inner join preview.carried as carried
        on windows.contract_id = carried.contract_id
        and windows.period_start = carried.period_start
        and windows.window_start = carried.period_start
"""

# `$table`, `$group` and `$aggregate` are filled in: the metric's table, its group as JSON text, and
# how its days make up a longer time.
RESULTS = """
    create table preview.days as
    select
        windows.contract_id,
        windows.period_start,
        windows.window_end - 1 as day,
        $group as metric_group,
        quantity,
    from $table as measured
    inner join calendar.due_windows as windows using (contract_id, window_start, window_end)
    where windows.period_start is not null;
    create or replace table preview.days as
    with days as (
        select contract_id, period_start, window_end - 1 as day
        from calendar.due_windows
        where period_start is not null
    )
    select
        days.contract_id,
        days.period_start,
        days.day,
        measured.metric_group,
        $aggregate::decimal(28, 10) as running_value,
    from days
    inner join preview.days as measured using (contract_id, period_start)
    where case when $rolls_up then measured.day <= days.day else measured.day = days.day end
    group by all;
    create table preview.alone as
    select
        events.timestamp,
        events.event_seq,
        events.event_type,
        events.transaction_id,
        events.properties,
        $group as metric_group,
        measured.quantity,
    from events.events as events
    left join $table as measured on events.customer_id = measured.contract_id
    where events.is_alone
"""
