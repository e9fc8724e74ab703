WITH began AS (
    SELECT person_id, min(ordered_day) AS day FROM net(:at) WHERE counts AND person_id IS NOT NULL GROUP BY person_id
), each AS (
    SELECT o.person_id, CASE WHEN o.person_id IS NOT NULL THEN coalesce(o.ordered_day <= b.day, true) END AS new,
        count(*) FILTER (counts) AS orders, sum(revenue) AS revenue
    FROM net(:at) o LEFT JOIN began b ON b.person_id = o.person_id WHERE o.ordered_day > :day - 365 GROUP BY ALL
), s AS (
    SELECT count(*) FILTER (new AND orders > 0) AS new_customers,
        count(*) FILTER (NOT new AND orders > 0) AS returning_customers,
        coalesce(sum(orders) FILTER (new), 0)::BIGINT AS new_orders,
        coalesce(sum(orders) FILTER (NOT new), 0)::BIGINT AS returning_orders,
        coalesce(sum(orders) FILTER (new IS NULL), 0)::BIGINT AS anonymous_orders,
        coalesce(sum(revenue) FILTER (new), 0)::BIGINT AS new_revenue,
        coalesce(sum(revenue) FILTER (NOT new), 0)::BIGINT AS returning_revenue,
        coalesce(sum(revenue) FILTER (new IS NULL), 0)::BIGINT AS anonymous_revenue
    FROM each
)
SELECT s.*, winning_cost, NULL::BIGINT AS keeping_cost, share(winning_cost, new_customers) AS cost_per_new,
    NULL::DOUBLE AS cost_per_kept, share(new_revenue, new_customers) AS revenue_per_new,
    share(returning_revenue, returning_customers) AS revenue_per_kept, NULL::DOUBLE AS times_dearer
FROM s, (SELECT sum(amount)::BIGINT AS winning_cost FROM spend WHERE day > :day - 365 AND day <= :day)
