SELECT person_id, count(*) FILTER (counts) AS orders, sum(revenue)::BIGINT AS revenue, sum(profit)::BIGINT AS profit,
    coalesce(sum(revenue) FILTER (profit IS NOT NULL), 0)::BIGINT AS costed_revenue,
    min(ordered_day) FILTER (counts) AS first_day, max(ordered_day) FILTER (counts) AS last_day,
    CASE WHEN count(*) FILTER (counts) > 0 THEN greatest(:day - max(ordered_day) FILTER (counts), 0) END
        AS days_since_last_order
FROM net_profit(:at) WHERE person_id IS NOT NULL GROUP BY person_id
