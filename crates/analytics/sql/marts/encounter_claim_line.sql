-- Which encounter each line of a medical claim belongs to: exactly one. Lines of clinicians in
-- hospital and of emergency departments belong to the hospital stay whose days they share, lines
-- of clinicians in skilled nursing to the stay there; of several such stays, to the one that
-- began last. All other lines are one encounter per person, day, kind of service and clinician or
-- facility.
WITH own AS (
  SELECT
    line.data_source, line.claim_id, line.claim_line_number, line.person_id,
    line.service_detail, line.first_day, line.last_day, stay.encounter_id,
    coalesce(line.rendering_npi, line.facility_npi, line.billing_npi, '') AS provider
  FROM medical_claim_line AS line
  LEFT JOIN stay_claim AS stay
    ON stay.data_source = line.data_source
    AND stay.claim_id = line.claim_id
    AND stay.person_id = line.person_id
    AND stay.service_detail = line.service_detail
),
stays AS (
  SELECT DISTINCT
    data_source, person_id, service_detail, encounter_id, stay_first_day, stay_last_day
  FROM stay_claim
  WHERE service_detail IN ('acute inpatient', 'skilled nursing')
),
shared AS (
  SELECT
    own.data_source, own.claim_id, own.claim_line_number,
    stays.encounter_id, stays.service_detail,
    row_number() OVER (
      PARTITION BY own.data_source, own.claim_id, own.claim_line_number
      ORDER BY stays.stay_first_day DESC, stays.encounter_id
    ) AS place
  FROM own
  JOIN stays
    ON stays.data_source = own.data_source
    AND stays.person_id = own.person_id
    AND own.last_day >= stays.stay_first_day
    AND own.first_day <= stays.stay_last_day
  WHERE (
      stays.service_detail = 'acute inpatient'
      AND own.service_detail IN ('inpatient professional', 'emergency department')
    )
    OR (
      stays.service_detail = 'skilled nursing'
      AND own.service_detail = 'skilled nursing'
      AND own.encounter_id IS NULL
    )
),
alone AS (
  SELECT
    data_source, claim_id, claim_line_number,
    concat(service_detail, '|', data_source, '|', min(claim_id) OVER (
      PARTITION BY person_id, data_source, service_detail, provider, first_day
    )) AS encounter_id
  FROM own
)
SELECT
  own.data_source, own.claim_id, own.claim_line_number, own.person_id,
  coalesce(shared.encounter_id, own.encounter_id, alone.encounter_id) AS encounter_id,
  coalesce(shared.service_detail, own.service_detail) AS encounter_type
FROM own
JOIN alone
  ON alone.data_source = own.data_source
  AND alone.claim_id = own.claim_id
  AND alone.claim_line_number = own.claim_line_number
LEFT JOIN shared
  ON shared.data_source = own.data_source
  AND shared.claim_id = own.claim_id
  AND shared.claim_line_number = own.claim_line_number
  AND shared.place = 1
