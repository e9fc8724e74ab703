WITH each AS (
    SELECT person_id, count(*) FILTER (counts) AS orders, sum(gross) AS gross, sum(refunded) AS refunded,
        sum(revenue) AS revenue, sum(profit) AS profit, sum(revenue) FILTER (profit IS NOT NULL) AS costed,
        sum(items) FILTER (counts) AS pieces, min(ordered_day) FILTER (counts) AS first_day,
        max(ordered_day) FILTER (counts) AS last_day
    FROM net_profit(:at) GROUP BY person_id
), s AS (
    SELECT coalesce(sum(orders), 0)::BIGINT AS orders,
        coalesce(sum(orders) FILTER (person_id IS NULL), 0)::BIGINT AS anonymous_orders,
        count(*) FILTER (person_id IS NOT NULL AND orders > 0) AS customers,
        count(*) FILTER (person_id IS NOT NULL AND last_day > first_day) AS repeat_customers,
        coalesce(sum(gross), 0)::BIGINT AS gross, coalesce(sum(refunded), 0)::BIGINT AS refunded,
        coalesce(sum(revenue), 0)::BIGINT AS revenue,
        coalesce(sum(revenue) FILTER (person_id IS NOT NULL), 0)::BIGINT AS known_revenue,
        sum(profit)::BIGINT AS profit, coalesce(sum(costed), 0)::BIGINT AS costed_revenue, sum(pieces) AS pieces,
        min(first_day) AS first_order_day, max(last_day) AS last_order_day
    FROM each
)
SELECT s.* EXCLUDE (pieces), c.*, share(refunded, gross) AS refunded_share, share(costed_revenue, revenue) AS costed_share,
    share(revenue, orders) AS aov, share(orders - anonymous_orders, customers) AS purchase_frequency,
    share(repeat_customers, customers) AS repeat_rate, share(pieces, orders * 1000) AS items_per_order
FROM s, (
    SELECT count(*) FILTER (cancelled_at <= :at) AS cancelled,
        count(*) FILTER (net IS NULL AND coalesce(cancelled_at > :at, true)) AS unconverted
    FROM orders WHERE ordered_at <= :at
) c
