WITH a AS (
    SELECT  count(*) FILTER (outcome = 'kept') AS kept, count(*) FILTER (outcome = 'late') AS late,
        count(*) FILTER (outcome = 'late_now') AS late_now, count(*) FILTER (outcome = 'open') AS open,
        count(*) FILTER (outcome = 'untold') AS untold, count(*) FILTER (outcome = 'unpromised') AS unpromised,
        sum(days_late) FILTER (outcome IN ('late', 'late_now')) AS days,
        max(days_late) FILTER (outcome IN ('late', 'late_now')) AS most_days_late
    FROM promises(:at, :day) GROUP BY ALL
)
SELECT * EXCLUDE (days), kept + late + late_now AS promised, share(kept, kept + late + late_now) AS kept_rate,
    wilson_low(kept, kept + late + late_now) AS low, wilson_high(kept, kept + late + late_now) AS high,
    share(days, late + late_now) AS days_late
FROM a
