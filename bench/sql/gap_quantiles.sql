SELECT count(*) AS gaps, count(*) FILTER (number = 1) AS people, avg(gap) AS mean, quantile_disc(gap, 0.05) AS p05,
    quantile_disc(gap, 0.1) AS p10, quantile_disc(gap, 0.25) AS p25, quantile_disc(gap, 0.5) AS p50,
    quantile_disc(gap, 0.75) AS p75, quantile_disc(gap, 0.9) AS p90, quantile_disc(gap, 0.95) AS p95
FROM all_gaps(:at)
