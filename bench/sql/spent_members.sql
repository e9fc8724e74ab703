-- Whoever spent at least :least (minor units) since :first, net of refunds and cancellations.
WITH back AS (SELECT order_id, sum(net)::BIGINT AS net FROM refunds WHERE refunded_at <= :at GROUP BY order_id)
SELECT coalesce(a.person_id, o.customer_id) AS person_id
FROM orders o
LEFT JOIN aliases a ON a.customer_id = o.customer_id
LEFT JOIN back b ON b.order_id = o.order_id
WHERE o.ordered_day >= :first AND o.ordered_at <= :at AND (o.cancelled_at IS NULL OR o.cancelled_at > :at)
    AND o.net IS NOT NULL AND o.customer_id IS NOT NULL
GROUP BY 1 HAVING sum(o.net - coalesce(b.net, 0)) >= :least
