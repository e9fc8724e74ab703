WITH n AS (
    SELECT n.*, o.discount AS given, n.ordered_day > :day - 365 AS lately
    FROM net_profit(:at) n JOIN orders o ON o.order_id = n.order_id WHERE n.person_id IS NOT NULL
)
SELECT person_id, count(*) FILTER (counts AND lately) AS orders,
    coalesce(sum(revenue) FILTER (lately), 0)::BIGINT AS revenue,
    coalesce(sum(given) FILTER (lately), 0)::BIGINT AS discount,
    CASE WHEN count(*) FILTER (lately) = 0 THEN 0 ELSE sum(profit) FILTER (lately) END::BIGINT AS profit,
    (sign(sum(profit)) * (abs(sum(profit)) * 365 // greatest(365, greatest(:day - min(ordered_day), 0) + 1)))::BIGINT
        AS mean_profit
FROM n GROUP BY person_id ORDER BY person_id
