-- Institutional claims of hospital stays and of stays in skilled nursing, and claims of emergency
-- visits, each with the stay or visit to which it belongs. Claims of one person at one facility
-- are one stay when their days overlap or touch, or when the earlier one says that the person is
-- still a patient (discharge status 30) and the later one begins on the next day. Visits to
-- emergency departments are told by their days alone, whatever the facility and the clinician.
WITH claims AS (
  SELECT
    data_source, claim_id, person_id, service_detail,
    CASE
      WHEN service_detail = 'emergency department' THEN ''
      ELSE coalesce(max(facility_npi), max(billing_npi), '')
    END AS facility,
    min(coalesce(admission_date, first_day)) AS first_day,
    max(coalesce(discharge_date, last_day)) AS last_day,
    max(discharge_disposition_code) AS discharge_disposition_code
  FROM medical_claim_line
  WHERE service_detail = 'emergency department'
    OR (claim_type = 'institutional' AND service_detail IN ('acute inpatient', 'skilled nursing'))
  GROUP BY data_source, claim_id, person_id, service_detail
),
compared AS (
  SELECT
    *,
    max(last_day) OVER (
      PARTITION BY person_id, data_source, service_detail, facility
      ORDER BY first_day, last_day, claim_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS last_day_before,
    lag(discharge_disposition_code) OVER (
      PARTITION BY person_id, data_source, service_detail, facility
      ORDER BY first_day, last_day, claim_id
    ) AS disposition_before
  FROM claims
),
numbered AS (
  SELECT
    *,
    sum(
      CASE
        WHEN first_day <= last_day_before THEN 0
        WHEN disposition_before = '30' AND first_day = last_day_before + INTERVAL '1 day' THEN 0
        ELSE 1
      END
    ) OVER (
      PARTITION BY person_id, data_source, service_detail, facility
      ORDER BY first_day, last_day, claim_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS stay_number
  FROM compared
)
SELECT
  data_source, claim_id, person_id, service_detail, first_day, last_day,
  concat(service_detail, '|', data_source, '|', first_value(claim_id) OVER (
    PARTITION BY person_id, data_source, service_detail, facility, stay_number
    ORDER BY first_day, last_day, claim_id
  )) AS encounter_id,
  min(first_day) OVER (
    PARTITION BY person_id, data_source, service_detail, facility, stay_number
  ) AS stay_first_day,
  max(last_day) OVER (
    PARTITION BY person_id, data_source, service_detail, facility, stay_number
  ) AS stay_last_day
FROM numbered
