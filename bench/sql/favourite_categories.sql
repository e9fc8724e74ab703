WITH sums AS (
    SELECT k.person_id, p.category AS name, count(DISTINCT order_id) AS orders, sum(quantity)::BIGINT AS quantity,
        sum(revenue)::BIGINT AS revenue, max(ordered_day) AS last_day
    FROM kept_lines(:at) k JOIN products p ON p.product_id = k.product_id WHERE counts AND person_id IS NOT NULL AND quantity > 0 AND p.category <> '' GROUP BY ALL
)
SELECT person_id, row_number() OVER w AS rank, name AS category, orders, quantity, revenue, last_day FROM sums
WINDOW w AS (PARTITION BY person_id ORDER BY orders DESC, quantity DESC, revenue DESC, name)
QUALIFY rank <= 3
