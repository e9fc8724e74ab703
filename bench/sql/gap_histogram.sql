SELECT gap AS value, count(*) AS n, count(*) FILTER (number = 1) AS first FROM all_gaps(:at) GROUP BY gap
