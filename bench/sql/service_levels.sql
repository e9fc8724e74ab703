WITH k AS (
    SELECT month_of(opened_day) AS month, count(*) AS tickets, count(*) FILTER (complained) AS complaints,
        count(response) AS answered, count(*) FILTER (unanswered) AS unanswered, count(resolution) AS resolved,
        avg(response) AS response_hours, median(response) AS response_hours_median, avg(resolution) AS resolution_hours,
        median(resolution) AS resolution_hours_median, avg(score) AS satisfaction, count(score) AS rated,
        count(*) FILTER (score >= 60) AS satisfied
    FROM ticket_states(:at) GROUP BY month
), o AS (
    SELECT month_of(ordered_day) AS month, count(*) AS orders FROM net(:at) WHERE counts GROUP BY 1
)
SELECT k.*, share(tickets * 100, orders) AS per_100_orders, share(satisfied, rated) AS satisfied_rate,
    wilson_low(satisfied, rated) AS low, wilson_high(satisfied, rated) AS high
FROM k LEFT JOIN o ON o.month = k.month
