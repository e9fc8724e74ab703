WITH cuts AS (
    SELECT quantile_disc(greatest(:day - last_day, 0), [0.2, 0.4, 0.6, 0.8]) AS r,
        quantile_disc(orders, [0.2, 0.4, 0.6, 0.8]) AS f, quantile_disc(revenue, [0.2, 0.4, 0.6, 0.8]) AS m
    FROM buyers(:at)
)
SELECT r[1] AS r_cut_1, r[2] AS r_cut_2, r[3] AS r_cut_3, r[4] AS r_cut_4, f[1] AS f_cut_1, f[2] AS f_cut_2,
    f[3] AS f_cut_3, f[4] AS f_cut_4, m[1] AS m_cut_1, m[2] AS m_cut_2, m[3] AS m_cut_3, m[4] AS m_cut_4
FROM cuts
