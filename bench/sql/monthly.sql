WITH each AS (
    SELECT person_id, month_of(ordered_day) AS month, count(*) FILTER (counts) AS orders, sum(revenue) AS revenue,
        sum(profit) AS profit
    FROM net_profit(:at) GROUP BY person_id, month_of(ordered_day)
), began AS (
    SELECT person_id, min(month) AS month FROM each WHERE orders > 0 AND person_id IS NOT NULL GROUP BY person_id
)
SELECT e.month, sum(e.orders)::BIGINT AS orders, count(*) FILTER (e.person_id IS NOT NULL AND e.orders > 0) AS customers,
    count(*) FILTER (e.orders > 0 AND b.month = e.month) AS new_customers,
    count(*) FILTER (e.orders > 0 AND b.month < e.month) AS returning_customers,
    sum(revenue)::BIGINT AS revenue, sum(profit)::BIGINT AS profit, first_day(e.month) AS first_day,
    first_day(e.month + 1) <= :day + 1 AS complete, share(sum(revenue), sum(e.orders)) AS aov
FROM each e LEFT JOIN began b ON b.person_id = e.person_id
GROUP BY e.month
