WITH m AS (
    SELECT person_id, month_of(ordered_day) AS month, min(ordered_day) AS first, max(ordered_day) AS last
    FROM net(:at) WHERE counts AND person_id IS NOT NULL GROUP BY person_id, month_of(ordered_day)
), g AS (
    SELECT month, lead(first) OVER (PARTITION BY person_id ORDER BY month) - last AS gap FROM m
), c AS (
    SELECT month, count(*) AS base, count(*) FILTER (gap <= 90) AS retained
    FROM g WHERE first_day(month + 1) - 1 + 90 <= :day GROUP BY month
)
SELECT *, share(retained, base) AS rate, wilson_low(retained, base) AS low, wilson_high(retained, base) AS high FROM c
