-- What several answers begin with, as table macros: DuckDB puts them into the query like a CTE.
-- moment: microseconds; today: day number. Months count from January 1970.

CREATE OR REPLACE TEMP MACRO month_of(d) AS date_diff('month', DATE '1970-01-01', DATE '1970-01-01' + d::INTEGER);

CREATE OR REPLACE TEMP MACRO first_day(m) AS
    date_diff('day', DATE '1970-01-01', (DATE '1970-01-01' + to_months(m::INTEGER))::DATE);

CREATE OR REPLACE TEMP MACRO share(part, whole) AS part::DOUBLE / nullif(whole::DOUBLE, 0);

-- Wilson's interval at 95 %.
CREATE OR REPLACE TEMP MACRO wilson_low(k, n) AS CASE WHEN n > 0 AND k BETWEEN 0 AND n THEN greatest(0,
    (k + 1.920729410347062 - 1.959963984540054 * sqrt(k * (n - k)::DOUBLE / n + 0.960364705173531))
    / (n + 3.841458820694124)) END;
CREATE OR REPLACE TEMP MACRO wilson_high(k, n) AS CASE WHEN n > 0 AND k BETWEEN 0 AND n THEN least(1,
    (k + 1.920729410347062 + 1.959963984540054 * sqrt(k * (n - k)::DOUBLE / n + 0.960364705173531))
    / (n + 3.841458820694124)) END;

CREATE OR REPLACE TEMP MACRO placed(moment) AS TABLE
    SELECT o.*, coalesce(a.person_id, o.customer_id) AS person_id
    FROM orders o LEFT JOIN aliases a ON a.customer_id = o.customer_id
    WHERE o.ordered_at <= moment AND (o.cancelled_at IS NULL OR o.cancelled_at > moment);

CREATE OR REPLACE TEMP MACRO net(moment) AS TABLE
    SELECT p.order_id, p.customer_id, p.person_id, p.ordered_at, p.ordered_day, p.net AS gross,
        coalesce(r.back, 0) AS refunded, p.net - coalesce(r.back, 0) AS revenue,
        NOT (p.net > 0 AND coalesce(r.back, 0) >= p.net) AS counts
    FROM placed(moment) p
    LEFT JOIN (SELECT order_id, sum(net)::BIGINT AS back FROM refunds WHERE refunded_at <= moment GROUP BY order_id) r
        ON r.order_id = p.order_id
    WHERE p.net IS NOT NULL;

CREATE OR REPLACE TEMP MACRO net_profit(moment) AS TABLE
    SELECT n.*, coalesce(l.units, 0) AS items,
        CASE WHEN l.unknown = 0 THEN n.revenue - l.cost + coalesce(b.returned, 0) END AS profit
    FROM net(moment) n
    LEFT JOIN (
        SELECT order_id, coalesce(sum(cost), 0)::BIGINT AS cost, sum(quantity) FILTER (kind = 'product')::BIGINT AS units,
            count(*) FILTER (kind = 'product' AND cost IS NULL) AS unknown
        FROM lines WHERE ordered_at <= moment GROUP BY order_id
    ) l ON l.order_id = n.order_id
    LEFT JOIN (
        SELECT order_id, sum(cost)::BIGINT AS returned FROM refund_lines WHERE refunded_at <= moment GROUP BY order_id
    ) b ON b.order_id = n.order_id;

CREATE OR REPLACE TEMP MACRO occasions(moment) AS TABLE
    SELECT person_id, ordered_day AS day, count(*) AS orders, sum(revenue)::BIGINT AS revenue
    FROM net(moment) WHERE counts AND person_id IS NOT NULL GROUP BY person_id, ordered_day;

CREATE OR REPLACE TEMP MACRO all_gaps(moment) AS TABLE
    SELECT * FROM (
        SELECT person_id, day, day - lag(day) OVER w AS gap, row_number() OVER w - 1 AS number
        FROM (SELECT DISTINCT person_id, ordered_day AS day FROM net(moment) WHERE counts AND person_id IS NOT NULL)
        WINDOW w AS (PARTITION BY person_id ORDER BY day)
    ) WHERE gap IS NOT NULL;

CREATE OR REPLACE TEMP MACRO buyers(moment) AS TABLE
    SELECT person_id, count(*) AS orders, sum(revenue)::BIGINT AS revenue, min(ordered_day) AS first_day,
        max(ordered_day) AS last_day
    FROM net(moment) WHERE counts AND person_id IS NOT NULL GROUP BY person_id;

CREATE OR REPLACE TEMP MACRO kept_lines(moment) AS TABLE
    SELECT l.line_id, l.order_id, o.person_id, l.product_id, l.ordered_day, o.counts, l.quantity AS sold,
        coalesce(b.returned, 0) AS returned, l.quantity - coalesce(b.returned, 0) AS quantity,
        coalesce(l.net, 0) - coalesce(b.refunded, 0) AS revenue
    FROM lines l
    JOIN net(moment) o ON o.order_id = l.order_id
    LEFT JOIN (
        SELECT line_id, sum(quantity)::BIGINT AS returned, sum(net)::BIGINT AS refunded
        FROM refund_lines WHERE refunded_at <= moment GROUP BY line_id
    ) b ON b.line_id = l.line_id
    WHERE l.kind = 'product' AND l.product_id IS NOT NULL;

CREATE OR REPLACE TEMP MACRO promises(moment, today) AS TABLE
    SELECT *, CASE outcome WHEN 'late' THEN delivered_day - promised_day WHEN 'late_now' THEN today - promised_day ELSE 0
        END AS days_late
    FROM (
        SELECT *, CASE WHEN promised_day IS NULL THEN 'unpromised' WHEN delivered_day <= promised_day THEN 'kept'
            WHEN delivered_day > promised_day THEN 'late' WHEN today <= promised_day THEN 'open'
            WHEN today <= promised_day + 60 THEN 'late_now' ELSE 'untold' END AS outcome
        FROM (
            SELECT o.order_id, o.customer_id, o.person_id, o.ordered_at, coalesce(f.carrier, '') AS carrier,
                f.order_id IS NOT NULL AS shipped, coalesce(f.promised_day, o.promised_day) AS promised_day,
                CASE WHEN f.delivered_at <= moment THEN f.delivered_day END AS delivered_day
            FROM placed(moment) o
            LEFT JOIN (FROM fulfilments WHERE coalesce(shipped_at, delivered_at) <= moment) f
                ON f.order_id = o.order_id
        )
    );

CREATE OR REPLACE TEMP MACRO ticket_states(moment) AS TABLE
    SELECT *, (first - opened_at) / 3.6e9 AS response, (solved - opened_at) / 3.6e9 AS resolution,
        CASE WHEN solved IS NOT NULL THEN satisfaction END AS score,
        coalesce(first, moment) - opened_at > 72 * 3600000000 AS unanswered, coalesce(complaint, false) AS complained
    FROM (
        SELECT t.*, coalesce(a.person_id, t.customer_id) AS person_id,
            CASE WHEN resolved_at <= moment THEN resolved_at END AS solved,
            CASE WHEN responded_at <= moment THEN responded_at WHEN resolved_at <= moment THEN resolved_at END AS first
        FROM tickets t LEFT JOIN aliases a ON a.customer_id = t.customer_id WHERE opened_at <= moment
    );

CREATE OR REPLACE TEMP MACRO rated(moment) AS TABLE
    SELECT r.*, coalesce(a.person_id, r.customer_id) AS person_id
    FROM ratings r LEFT JOIN aliases a ON a.customer_id = r.customer_id WHERE rated_at <= moment;

CREATE OR REPLACE TEMP MACRO experienced(moment, today) AS TABLE
    SELECT * FROM (
        SELECT person_id, promised_day + 1 AS day, 'late_delivery' AS kind
            FROM promises(moment, today) WHERE outcome IN ('late', 'late_now')
        UNION ALL SELECT coalesce(a.person_id, r.customer_id), refunded_day, 'refund'
            FROM refunds r LEFT JOIN aliases a ON a.customer_id = r.customer_id WHERE refunded_at <= moment
        UNION ALL SELECT person_id, opened_day, unnest(list_concat(
                CASE WHEN complained THEN ['complaint'] ELSE [] END,
                CASE WHEN unanswered THEN ['unanswered_ticket'] ELSE [] END,
                CASE WHEN NOT complained AND response IS NOT NULL AND NOT unanswered AND coalesce(score, 100) >= 60
                    THEN ['good'] ELSE [] END))
            FROM ticket_states(moment)
        UNION ALL SELECT person_id, rated_day, CASE WHEN score <= 40 THEN 'low_rating' ELSE 'good' END
            FROM rated(moment) WHERE score <= 40 OR score >= 60
    ) WHERE person_id IS NOT NULL;

CREATE OR REPLACE TEMP MACRO acts(moment) AS TABLE
    SELECT person_id, CASE WHEN person_id IS NULL THEN visitor_id END AS browser, kind, product_id, order_id, day
    FROM (
        SELECT b.visitor_id, b.kind, b.product_id, b.order_id, b.day,
            coalesce(a.person_id, coalesce(b.customer_id, v.customer_id)) AS person_id
        FROM behaviour b
        LEFT JOIN visitors v ON v.visitor_id = b.visitor_id AND b.at >= v.from_at
            AND (v.to_at IS NULL OR b.at < v.to_at) AND v.customer_id IS NOT NULL
        LEFT JOIN aliases a ON a.customer_id = coalesce(b.customer_id, v.customer_id)
        WHERE b.at <= moment AND NOT starts_with(b.kind, 'mail_')
            AND (b.visitor_id IS NOT NULL OR b.customer_id IS NOT NULL)
    ) e
    WHERE kind <> 'order_placed' OR order_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM orders o WHERE o.order_id = e.order_id AND o.cancelled_at <= moment);

-- Gaps of people on a log scale, and what the rhythms of a store have in common: perennial.insight.rhythm.
CREATE OR REPLACE TEMP MACRO paces(moment) AS TABLE
    SELECT person_id, count(*) AS occasions, sum(revenue)::BIGINT AS revenue, min(day) AS first_day, max(day) AS last_day,
        count(*) - 1 AS gaps, max(gap) FILTER (nth = 2) AS first_gap, coalesce(sum(ln(gap)), 0) AS log_sum,
        coalesce(sum(ln(gap) * ln(gap)), 0) AS log_squares
    FROM (
        SELECT person_id, day, revenue, day - lag(day) OVER w AS gap, row_number() OVER w AS nth FROM occasions(moment)
        WINDOW w AS (PARTITION BY person_id ORDER BY day)
    ) GROUP BY person_id;

CREATE OR REPLACE TEMP MACRO prior(moment, today) AS TABLE
    WITH p AS MATERIALIZED (
        SELECT gaps, first_day, first_gap, greatest(log_squares - log_sum * log_sum / greatest(gaps, 1), 0) AS squares
        FROM paces(moment)
    ), inner_ AS (
        SELECT count(*) AS people, count(*) FILTER (gaps > 0) AS repeaters, sum(gaps)::BIGINT AS gaps,
            sum(squares) AS squares, sum(gaps - 1) FILTER (gaps > 0) AS free,
            sum(squares) FILTER (gaps >= 3) AS few_squares, sum(gaps - 1) FILTER (gaps >= 3) AS few_free,
            sum(squares * squares) FILTER (gaps >= 3) AS fourth,
            sum((gaps - 1) * (gaps + 1.0::DOUBLE) + (gaps - 1.0::DOUBLE) ** 2 / gaps * 1.2) FILTER (gaps >= 3) AS fourth_free
        FROM p
    ), days AS (
        SELECT d, sum(returned) AS returned,
            sum(sum(started)) OVER (ORDER BY d) / sum(sum(started)) OVER ()::DOUBLE AS followed
        FROM (
            SELECT first_day AS d, count(*) AS started, 0 AS returned FROM p GROUP BY 1
            UNION ALL SELECT today - first_gap, 0, count(*) FROM p WHERE gaps > 0 GROUP BY 1
        ) GROUP BY d
    ), first_ AS (
        SELECT sum(w * ln(gap)) / sum(w) AS log_mean, sum(w * gap) / sum(w) AS mean_first_gap,
            greatest(sum(w * ln(gap) ** 2) / sum(w) - (sum(w * ln(gap)) / sum(w)) ** 2, 0) AS total
        FROM (SELECT returned / greatest(followed, 0.05) AS w, (today - d)::DOUBLE AS gap FROM days WHERE returned > 0)
    ), spread AS (
        SELECT *, greatest(CASE WHEN free > 0 THEN squares / free ELSE total END, 0.0025) AS within,
            fourth / fourth_free / (few_squares / few_free) ** 2 AS r
        FROM inner_, first_
    )
    SELECT people, repeaters, gaps AS all_gaps, log_mean, within, greatest(total - within, 0) AS between_,
        least(coalesce(within / nullif(greatest(total - within, 0), 0), 100), 100) AS prior_gaps,
        coalesce(greatest(CASE WHEN r > 1 THEN least(2 + 1 / (r - 1), 50) ELSE 50 END, 2.5), 50) AS shape, mean_first_gap
    FROM spread;

CREATE OR REPLACE TEMP MACRO longest(place, beta, odds) AS
    greatest(floor(exp(place + ln(odds) / beta) + 1e-6)::BIGINT, 1);

CREATE OR REPLACE TEMP MACRO rhythms(moment, today) AS TABLE
    WITH a AS (
        SELECT p.*, prior_gaps, mean_first_gap, greatest(today - last_day, 0) AS silence,
            (prior_gaps * log_mean + log_sum) / (prior_gaps + p.gaps) AS place,
            within * (shape - 1) + greatest(log_squares - log_sum * log_sum / greatest(p.gaps, 1), 0) / 2
                + CASE WHEN p.gaps > 0 THEN prior_gaps * p.gaps * (log_sum / p.gaps - log_mean) ** 2
                    / (2 * (prior_gaps + p.gaps)) ELSE 0 END AS b, shape
        FROM paces(moment) p, prior(moment, today)
    ), b AS (
        SELECT *, pi() / sqrt(3 * greatest(b / (shape + gaps / 2.0 - 1) * (1 + 1 / (prior_gaps + gaps)), 0.0025)) AS beta
        FROM a
    ), c AS (
        SELECT *, last_day + longest(place, beta, 1) AS expected_day, last_day + longest(place, beta, 4) AS due_day,
            last_day + longest(place, beta, 19) AS lost_day,
            (last_day - first_day + prior_gaps * mean_first_gap) / (gaps + prior_gaps) AS mean_gap
        FROM b
    )
    SELECT person_id, occasions, first_day, last_day, revenue, silence AS days_since_last_order, exp(place) AS usual_gap,
        beta, expected_day, due_day, lost_day,
        CASE WHEN silence <= 1 THEN 1 ELSE 1 / (1 + exp((ln(silence) - place) * beta)) END AS probability,
        CASE WHEN last_day + silence <= expected_day THEN 'on_time' WHEN last_day + silence <= due_day THEN 'due'
            WHEN last_day + silence <= lost_day THEN 'drifting' ELSE 'lost' END AS state,
        gaps < 2 AS too_early, mean_gap, revenue::DOUBLE / occasions * 365.25 / mean_gap AS yearly_value
    FROM c;

CREATE OR REPLACE TEMP MACRO blamed(moment, today) AS TABLE
    WITH r AS (FROM rhythms(moment, today) WHERE state IN ('drifting', 'lost')),
    seen AS (
        SELECT r.person_id, arg_min(e.kind, (e.day, list_position(
            ['late_delivery', 'refund', 'complaint', 'unanswered_ticket', 'low_rating'], e.kind))) AS kind, min(e.day) AS day
        FROM r JOIN experienced(moment, today) e ON e.person_id = r.person_id AND e.day BETWEEN r.last_day AND r.last_day + 90
        WHERE e.kind <> 'good' GROUP BY r.person_id
    )
    SELECT r.person_id, r.last_day, r.state, r.too_early, month_of(r.due_day + 1) AS left_month,
        coalesce(s.kind, 'unknown') AS reason, s.day AS reason_day, r.yearly_value
    FROM r LEFT JOIN seen s ON s.person_id = r.person_id;

CREATE OR REPLACE TEMP MACRO staged(moment, today) AS TABLE
    WITH g AS (FROM all_gaps(moment)),
    dormant AS (SELECT quantile_disc(gap, 0.95) AS d FROM g),
    own AS (
        SELECT person_id, arg_max(gap, day) AS last_gap, count(*) AS gaps, count(*) FILTER (gap > d) AS long_gaps
        FROM g, dormant GROUP BY person_id
    ), r AS (FROM rhythms(moment, today))
    SELECT r.person_id, occasions, first_day, last_day, days_since_last_order, last_gap, revenue,
        CASE WHEN state IN ('lost', 'drifting') THEN state
            WHEN last_gap > d AND (gaps = 1 OR long_gaps * 2 <= gaps) THEN 'won_back'
            WHEN occasions = 1 THEN 'new' WHEN occasions >= 4 THEN 'loyal' ELSE 'active' END AS stage
    FROM r LEFT JOIN own ON own.person_id = r.person_id, dormant
    UNION ALL
    SELECT DISTINCT coalesce(a.person_id, c.customer_id), 0, NULL, NULL, NULL, NULL, 0, 'prospect'
    FROM customers c LEFT JOIN aliases a ON a.customer_id = c.customer_id
    WHERE coalesce(created_at, 0) <= moment AND coalesce(a.person_id, c.customer_id) NOT IN (SELECT person_id FROM r);
