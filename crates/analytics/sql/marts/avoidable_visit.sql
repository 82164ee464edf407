-- Hospital stays and emergency visits whose principal diagnosis care outside hospital often keeps
-- in check. Stays that came from another hospital or facility are left out.
WITH sensitive AS (
  SELECT condition, code_from, code_to
  FROM (VALUES
    ('asthma', 'J45', 'J45'),
    ('bacterial pneumonia', 'J13', 'J16'),
    ('bacterial pneumonia', 'J18', 'J18'),
    ('chronic obstructive pulmonary disease', 'J41', 'J44'),
    ('diabetes', 'E100', 'E106'),
    ('diabetes', 'E110', 'E116'),
    ('diabetes', 'E130', 'E136'),
    ('heart failure', 'I50', 'I50'),
    ('heart failure', 'I110', 'I110'),
    ('heart failure', 'I130', 'I130'),
    ('heart failure', 'I132', 'I132'),
    ('hypertension', 'I10', 'I10'),
    ('hypertension', 'I119', 'I119'),
    ('hypertension', 'I129', 'I129'),
    ('hypertension', 'I1310', 'I1310'),
    ('urinary tract infection', 'N10', 'N12'),
    ('urinary tract infection', 'N30', 'N30'),
    ('urinary tract infection', 'N390', 'N390')
  ) AS listed (condition, code_from, code_to)
)
SELECT DISTINCT
  encounter.encounter_id, encounter.encounter_type, encounter.person_id, encounter.data_source,
  encounter.first_day, sensitive.condition, encounter.principal_diagnosis_code,
  encounter.paid_amount
FROM encounter
JOIN sensitive
  ON substr(replace(encounter.principal_diagnosis_code, '.', ''), 1, length(sensitive.code_from))
    BETWEEN sensitive.code_from AND sensitive.code_to
WHERE encounter.encounter_type IN ('acute inpatient', 'emergency department')
  AND coalesce(encounter.admit_source_code, '') NOT IN ('4', '5', '6')
