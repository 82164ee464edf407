-- To which organization a person is assigned, and why: two steps by plurality of allowed charges
-- for primary care services (42 CFR 425.402), over the calendar year (retrospective) and over the
-- twelve months that end three months before it (prospective, 42 CFR 425.400(a)(3)); and the
-- payer's own assignment, as it states it. The organization is the one that the practice's tax
-- number belongs to on the day of service, of several the one it joined last, else the tax number
-- itself.
WITH belonging AS (
  SELECT
    service.*,
    coalesce(affiliation.organization_id, service.billing_tin, '') AS organization_id,
    row_number() OVER (
      PARTITION BY service.data_source, service.claim_id, service.claim_line_number
      ORDER BY affiliation.first_day DESC NULLS LAST, affiliation.organization_id
    ) AS place
  FROM primary_care_service AS service
  LEFT JOIN affiliation
    ON affiliation.affiliate_id = service.billing_tin
    AND affiliation.organization_kind = 'aco'
    AND service.first_day BETWEEN affiliation.first_day AND affiliation.last_day
),
services AS (
  SELECT
    person_id, payer, data_source, organization_id, clinician_kind, allowed_amount, first_day,
    CAST(date_part('year', first_day) AS BIGINT) AS year_of_service,
    CAST(date_part('month', first_day) AS BIGINT) AS month_of_service
  FROM belonging
  WHERE place = 1
),
windows AS (
  SELECT 'retrospective' AS method, year_of_service AS performance_year, * FROM services
  UNION ALL
  SELECT
    'prospective',
    CASE WHEN month_of_service <= 9 THEN year_of_service + 1 ELSE year_of_service + 2 END,
    *
  FROM services
),
steps AS (
  SELECT
    method, performance_year, person_id, payer, data_source,
    bool_or(clinician_kind <> 'primary care practitioner') AS has_physician,
    bool_or(clinician_kind <> 'specialist') AS has_primary_care
  FROM windows
  GROUP BY method, performance_year, person_id, payer, data_source
),
candidates AS (
  SELECT
    windows.method, windows.performance_year, windows.person_id, windows.payer,
    windows.data_source, windows.organization_id,
    CASE WHEN steps.has_primary_care THEN 1 ELSE 2 END AS step,
    count(*) AS services,
    CAST(sum(windows.allowed_amount) AS DECIMAL(18, 2)) AS allowed_amount,
    max(windows.first_day) AS last_service_day
  FROM windows
  JOIN steps
    ON steps.method = windows.method
    AND steps.performance_year = windows.performance_year
    AND steps.person_id = windows.person_id
    AND steps.payer = windows.payer
    AND steps.data_source = windows.data_source
  WHERE steps.has_physician
    AND (windows.clinician_kind <> 'specialist') = steps.has_primary_care
  GROUP BY
    windows.method, windows.performance_year, windows.person_id, windows.payer,
    windows.data_source, windows.organization_id, steps.has_primary_care
),
ranked AS (
  SELECT
    *,
    row_number() OVER best AS place,
    lead(organization_id) OVER best AS runner_up_organization_id,
    lead(allowed_amount) OVER best AS runner_up_allowed_amount,
    lead(last_service_day) OVER best AS runner_up_last_service_day
  FROM candidates
  WINDOW best AS (
    PARTITION BY method, performance_year, person_id, payer, data_source
    ORDER BY allowed_amount DESC, last_service_day DESC, organization_id
  )
),
stated AS (
  SELECT
    person_id, coalesce(payer, '') AS payer, data_source,
    CAST(substr(year_month, 1, 4) AS BIGINT) AS performance_year,
    payer_attributed_provider_organization AS organization_id,
    row_number() OVER (
      PARTITION BY person_id, coalesce(payer, ''), data_source, substr(year_month, 1, 4)
      ORDER BY year_month DESC, source_file DESC, source_line DESC
    ) AS place
  FROM input.provider_attribution
  WHERE payer_attributed_provider_organization IS NOT NULL
    AND substr(year_month, 1, 4) BETWEEN '1900' AND '2999'
)
SELECT
  method, performance_year, person_id, payer, data_source, organization_id,
  CAST(step AS BIGINT) AS step, services, allowed_amount, last_service_day,
  runner_up_organization_id, runner_up_allowed_amount,
  CASE
    WHEN allowed_amount > runner_up_allowed_amount OR runner_up_allowed_amount IS NULL
      THEN 'largest allowed charges'
    WHEN last_service_day > runner_up_last_service_day THEN 'equal charges, latest service'
    ELSE 'equal charges and days, first by number'
  END AS decided_by
FROM ranked
WHERE place = 1
UNION ALL
SELECT
  'payer', performance_year, person_id, payer, data_source, organization_id,
  NULL, NULL, NULL, NULL, NULL, NULL, 'the payer states it'
FROM stated
WHERE place = 1
