WITH sums AS (
    SELECT k.person_id, k.product_id AS name, count(DISTINCT order_id) AS orders, sum(quantity)::BIGINT AS quantity,
        sum(revenue)::BIGINT AS revenue, max(ordered_day) AS last_day
    FROM kept_lines(:at) k  WHERE counts AND person_id IS NOT NULL AND quantity > 0  GROUP BY ALL
)
SELECT person_id, row_number() OVER w AS rank, name AS product_id, orders, quantity, revenue, last_day FROM sums
WINDOW w AS (PARTITION BY person_id ORDER BY orders DESC, quantity DESC, revenue DESC, name)
QUALIFY rank <= 3
