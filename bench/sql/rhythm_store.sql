WITH s AS (SELECT *, pi() / sqrt(3 * greatest(within * (1 + 1 / prior_gaps), 0.0025)) AS beta FROM prior(:at, :day))
SELECT people, repeaters, all_gaps AS gaps, log_mean, within, between_ AS between, prior_gaps, shape, mean_first_gap,
    exp(log_mean) AS usual_gap, exp(log_mean + ln(4) / beta) AS due_gap, exp(log_mean + ln(19) / beta) AS lost_gap
FROM s
