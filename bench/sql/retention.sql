WITH each AS (
    SELECT person_id, min(ordered_day) AS began,
        max(ordered_day) FILTER (ordered_day BETWEEN :day - 59 AND :day - 30) AS last_30,
        min(ordered_day) FILTER (ordered_day > :day - 30) AS next_30,
        max(ordered_day) FILTER (ordered_day BETWEEN :day - 179 AND :day - 90) AS last_90,
        min(ordered_day) FILTER (ordered_day > :day - 90) AS next_90,
        max(ordered_day) FILTER (ordered_day BETWEEN :day - 359 AND :day - 180) AS last_180,
        min(ordered_day) FILTER (ordered_day > :day - 180) AS next_180,
        max(ordered_day) FILTER (ordered_day BETWEEN :day - 729 AND :day - 365) AS last_365,
        min(ordered_day) FILTER (ordered_day > :day - 365) AS next_365
    FROM net(:at) WHERE counts AND person_id IS NOT NULL GROUP BY person_id
), rates AS (
    SELECT unnest([30, 90, 180, 365])::BIGINT AS horizon,
        unnest([count(last_30), count(last_90), count(last_180), count(last_365)]) AS base,
        unnest([
            count(*) FILTER (next_30 - last_30 <= 30), count(*) FILTER (next_90 - last_90 <= 90),
            count(*) FILTER (next_180 - last_180 <= 180), count(*) FILTER (next_365 - last_365 <= 365)]) AS retained,
        min(began) AS began
    FROM each
)
SELECT horizon, :day - 2 * horizon + 1 AS base_from, :day - horizon AS base_to, base, retained,
    share(retained, base) AS rate, wilson_low(retained, base) AS low, wilson_high(retained, base) AS high,
    coalesce(began <= :day - 2 * horizon + 1, false) AS complete
FROM rates
