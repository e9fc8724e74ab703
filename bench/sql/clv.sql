WITH each AS (
    SELECT person_id, count(*) FILTER (ordered_day >= :day - 364) AS orders,
        sum(revenue) FILTER (ordered_day >= :day - 364) AS revenue, min(ordered_day) AS first_day,
        max(ordered_day) AS last_day, greatest(:day - max(ordered_day), 0) AS silence
    FROM net(:at) WHERE counts AND person_id IS NOT NULL GROUP BY person_id
), s AS (
    SELECT coalesce(sum(orders), 0)::BIGINT AS orders,
        coalesce(sum(orders), 0)::BIGINT - count(*) FILTER (first_day >= :day - 364) AS repeat_orders,
        count(*) FILTER (orders > 0) AS customers, coalesce(sum(revenue), 0)::BIGINT AS revenue,
        count(*) AS all_customers, count(*) FILTER (silence > d) AS dormant_customers, max(d) AS dormancy_days,
        sum(last_day - first_day + CASE WHEN silence > d THEN d ELSE silence END) AS followed
    FROM each, (SELECT quantile_disc(gap, 0.95) AS d FROM all_gaps(:at))
), v AS (
    SELECT * EXCLUDE (followed), share(revenue, orders) AS aov, share(orders, customers) AS purchase_frequency,
        share(repeat_orders, customers) AS repeat_purchases,
        share(followed, dormant_customers) / 365.25 AS measured_years
    FROM s
)
SELECT *, measured_years AS years, measured_years * 12 AS months, aov * purchase_frequency AS customer_value,
    aov * purchase_frequency * measured_years AS clv_a, aov * repeat_purchases * measured_years AS clv_b
FROM v
