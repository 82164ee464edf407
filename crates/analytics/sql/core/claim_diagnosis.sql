-- Diagnoses of medical claims, once each. For risk adjustment count professional claims but for
-- laboratories, ambulances and equipment, stays in hospital, and outpatient claims of hospitals and
-- clinics. When input.risk_eligible_code has rows for the year of service, professional and
-- outpatient claims also need a line with one of its procedure codes.
WITH eligible_years AS (
  SELECT DISTINCT service_year FROM input.risk_eligible_code
),
eligible_codes AS (
  SELECT DISTINCT service_year, hcpcs_code FROM input.risk_eligible_code
),
lines AS (
  SELECT
    line.*,
    substr(line.bill_type_code, 1, 2) IN ('11', '41') AS is_stay,
    eligible_years.service_year IS NULL OR eligible_codes.hcpcs_code IS NOT NULL
      AS has_eligible_code
  FROM medical_claim_line AS line
  LEFT JOIN eligible_years
    ON eligible_years.service_year = CAST(date_part('year', line.first_day) AS BIGINT)
  LEFT JOIN eligible_codes
    ON eligible_codes.service_year = CAST(date_part('year', line.first_day) AS BIGINT)
    AND eligible_codes.hcpcs_code = line.hcpcs_code
),
claims AS (
  SELECT
    data_source, claim_id, person_id,
    min(first_day) AS first_day,
    min(claim_type) AS claim_type,
    bool_or(coalesce(is_stay, false)) AS is_inpatient,
    bool_or(
      coalesce(is_stay, false)
      OR (
        has_eligible_code
        AND (
          (claim_type = 'professional'
            AND service_detail NOT IN ('laboratory', 'ambulance', 'durable medical equipment'))
          OR (claim_type = 'institutional'
            AND substr(bill_type_code, 1, 2) IN ('12', '13', '43', '71', '73', '76', '77', '85'))
        )
      )
    ) AS counts_for_risk
  FROM lines
  GROUP BY data_source, claim_id, person_id
),
named AS (
  SELECT DISTINCT
    data_source, claim_id, person_id, diagnosis_code_1 AS principal,
    unnest(make_array(
      diagnosis_code_1, diagnosis_code_2, diagnosis_code_3, diagnosis_code_4, diagnosis_code_5,
      diagnosis_code_6, diagnosis_code_7, diagnosis_code_8, diagnosis_code_9, diagnosis_code_10,
      diagnosis_code_11, diagnosis_code_12, diagnosis_code_13, diagnosis_code_14,
      diagnosis_code_15, diagnosis_code_16, diagnosis_code_17, diagnosis_code_18,
      diagnosis_code_19, diagnosis_code_20, diagnosis_code_21, diagnosis_code_22,
      diagnosis_code_23, diagnosis_code_24, diagnosis_code_25
    )) AS code
  FROM input.medical_claim
  WHERE coalesce(diagnosis_code_type, 'icd-10-cm') = 'icd-10-cm'
),
codes AS (
  SELECT
    data_source, claim_id, person_id, upper(replace(code, '.', '')) AS diagnosis_code,
    bool_or(code = principal) AS is_principal
  FROM named
  WHERE code IS NOT NULL
  GROUP BY data_source, claim_id, person_id, upper(replace(code, '.', ''))
)
SELECT
  codes.data_source, codes.claim_id, codes.person_id, codes.diagnosis_code, codes.is_principal,
  claims.first_day, claims.claim_type, claims.is_inpatient, claims.counts_for_risk
FROM codes
JOIN claims
  ON claims.data_source = codes.data_source
  AND claims.claim_id = codes.claim_id
  AND claims.person_id = codes.person_id
