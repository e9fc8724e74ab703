WITH began AS (SELECT person_id, min(ordered_at) AS since FROM placed(:at) WHERE person_id IS NOT NULL GROUP BY person_id)
SELECT order_id, customer_id, p.person_id, carrier, promised_day, days_late, shipped, ordered_at = b.since AS first_order
FROM promises(:at, :day) p LEFT JOIN began b ON b.person_id = p.person_id WHERE outcome = 'late_now'
