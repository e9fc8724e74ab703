WITH days AS (
    SELECT person_id, ordered_day AS day, count(*) FILTER (counts) AS orders, sum(revenue) AS revenue
    FROM net(:at) GROUP BY person_id, ordered_day
), began AS (
    SELECT person_id, min(day) AS day FROM days WHERE orders > 0 AND person_id IS NOT NULL GROUP BY person_id
), each AS (
    SELECT month_of(d.day) AS month, d.person_id,
        CASE WHEN d.person_id IS NOT NULL THEN coalesce(d.day <= b.day, true) END AS new,
        sum(orders) AS orders, sum(revenue) AS revenue
    FROM days d LEFT JOIN began b ON b.person_id = d.person_id GROUP BY ALL
), m AS (
    SELECT month, count(*) FILTER (new AND orders > 0) AS new_customers,
        count(*) FILTER (NOT new AND orders > 0) AS returning_customers,
        coalesce(sum(orders) FILTER (new), 0)::BIGINT AS new_orders,
        coalesce(sum(orders) FILTER (NOT new), 0)::BIGINT AS returning_orders,
        coalesce(sum(orders) FILTER (new IS NULL), 0)::BIGINT AS anonymous_orders,
        coalesce(sum(revenue) FILTER (new), 0)::BIGINT AS new_revenue,
        coalesce(sum(revenue) FILTER (NOT new), 0)::BIGINT AS returning_revenue,
        coalesce(sum(revenue) FILTER (new IS NULL), 0)::BIGINT AS anonymous_revenue
    FROM each GROUP BY month
)
SELECT *, first_day(month) AS first_day, first_day(month + 1) <= :day + 1 AS complete,
    share(returning_revenue, new_revenue + returning_revenue) AS returning_share
FROM m
