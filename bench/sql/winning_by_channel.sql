WITH won AS (
    SELECT person_id, sum(revenue) AS revenue FROM net(:at) WHERE person_id IS NOT NULL GROUP BY person_id
    HAVING min(ordered_day) FILTER (counts) > :day - 365
), channel AS (
    SELECT coalesce(a.person_id, c.customer_id) AS person_id,
        first(acquired_by ORDER BY created_at NULLS LAST, c.customer_id) AS channel
    FROM customers c LEFT JOIN aliases a ON a.customer_id = c.customer_id
    WHERE coalesce(created_at, 0) <= :at GROUP BY ALL
), c AS (
    SELECT channel, sum(one)::BIGINT AS new_customers, sum(revenue)::BIGINT AS revenue, sum(spend)::BIGINT AS spend
    FROM (
        SELECT channel, 1 AS one, revenue, NULL AS spend FROM won LEFT JOIN channel USING (person_id)
        UNION ALL SELECT channel, 0, 0, amount FROM spend WHERE day > :day - 365 AND day <= :day
    ) GROUP BY channel
)
SELECT *, share(spend, new_customers) AS cost_per_new, share(revenue, new_customers) AS revenue_per_new FROM c
