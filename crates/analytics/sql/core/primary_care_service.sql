-- Lines that 42 CFR 425.400(c) counts as primary care services, with the kind of clinician who
-- rendered them, by the codes of specialty that 42 CFR 425.404 and 425.402(c) name. A specialty
-- is read from the table practitioner as the code of the Centers for Medicare & Medicaid Services
-- or as its name.
WITH specialties AS (
  SELECT code, name, kind
  FROM (VALUES
    ('01', 'general practice', 'primary care physician'),
    ('08', 'family practice', 'primary care physician'),
    ('08', 'family medicine', 'primary care physician'),
    ('11', 'internal medicine', 'primary care physician'),
    ('37', 'pediatric medicine', 'primary care physician'),
    ('38', 'geriatric medicine', 'primary care physician'),
    ('50', 'nurse practitioner', 'primary care practitioner'),
    ('89', 'clinical nurse specialist', 'primary care practitioner'),
    ('89', 'certified clinical nurse specialist', 'primary care practitioner'),
    ('97', 'physician assistant', 'primary care practitioner'),
    ('06', 'cardiology', 'specialist'),
    ('12', 'osteopathic manipulative medicine', 'specialist'),
    ('13', 'neurology', 'specialist'),
    ('16', 'obstetrics/gynecology', 'specialist'),
    ('23', 'sports medicine', 'specialist'),
    ('25', 'physical medicine and rehabilitation', 'specialist'),
    ('26', 'psychiatry', 'specialist'),
    ('27', 'geriatric psychiatry', 'specialist'),
    ('29', 'pulmonary disease', 'specialist'),
    ('39', 'nephrology', 'specialist'),
    ('46', 'endocrinology', 'specialist'),
    ('70', 'multispecialty clinic or group practice', 'specialist'),
    ('79', 'addiction medicine', 'specialist'),
    ('82', 'hematology', 'specialist'),
    ('83', 'hematology/oncology', 'specialist'),
    ('84', 'preventive medicine', 'specialist'),
    ('86', 'neuropsychiatry', 'specialist'),
    ('90', 'medical oncology', 'specialist'),
    ('98', 'gynecological oncology', 'specialist')
  ) AS listed (code, name, kind)
),
clinicians AS (
  SELECT practitioner.npi, min(specialties.kind) AS kind
  FROM input.practitioner AS practitioner
  JOIN specialties
    ON lower(trim(practitioner.specialty)) = specialties.name
    OR lpad(trim(practitioner.specialty), 2, '0') = specialties.code
  WHERE practitioner.npi IS NOT NULL
  GROUP BY practitioner.npi
)
SELECT
  line.data_source, line.claim_id, line.claim_line_number, line.person_id, line.payer,
  line.first_day, line.hcpcs_code, line.rendering_npi, line.billing_tin,
  clinicians.kind AS clinician_kind, line.allowed_amount
FROM medical_claim_line AS line
JOIN clinicians ON clinicians.npi = line.rendering_npi
WHERE line.claim_type = 'professional'
  AND line.first_day IS NOT NULL
  AND (
    line.hcpcs_code BETWEEN '99201' AND '99215'
    OR (line.hcpcs_code BETWEEN '99304' AND '99318' AND coalesce(line.place_of_service_code, '') <> '31')
    OR line.hcpcs_code BETWEEN '99319' AND '99350'
    OR line.hcpcs_code IN (
      '96160', '96161', '99354', '99355', '99421', '99422', '99423', '99424', '99425', '99426',
      '99427', '99437', '99439', '99483', '99484', '99487', '99489', '99490', '99491', '99492',
      '99493', '99494', '99495', '99496', '99497', '99498', 'G0402', 'G0438', 'G0439', 'G0442',
      'G0443', 'G0444', 'G0463', 'G0506', 'G2010', 'G2012', 'G2058', 'G2064', 'G2065', 'G2211',
      'G2212', 'G2214', 'G2252'
    )
  )
