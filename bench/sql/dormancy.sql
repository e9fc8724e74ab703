SELECT quantile_disc(gap, 0.95) AS dormancy_days FROM all_gaps(:at)
