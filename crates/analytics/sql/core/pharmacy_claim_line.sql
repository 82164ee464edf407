-- One row for each line of a pharmacy claim, chosen as for medical claims.
WITH placed AS (
  SELECT
    *,
    coalesce(dispensing_date, paid_date) AS first_day,
    row_number() OVER (
      PARTITION BY data_source, claim_id, claim_line_number
      ORDER BY file_date DESC NULLS LAST, source_file DESC, source_line DESC, source_import
    ) AS place
  FROM input.pharmacy_claim
)
SELECT
  data_source, claim_id, claim_line_number, person_id, coalesce(member_id, '') AS member_id,
  coalesce(payer, '') AS payer, coalesce(plan, '') AS plan, first_day,
  to_char(first_day, '%Y%m') AS year_month, ndc_code, quantity, days_supply, refills,
  prescribing_provider_npi, dispensing_provider_npi, paid_date,
  coalesce(paid_amount, 0) AS paid_amount, coalesce(allowed_amount, 0) AS allowed_amount,
  coalesce(charge_amount, 0) AS charge_amount,
  coalesce(coinsurance_amount, 0) + coalesce(copayment_amount, 0)
    + coalesce(deductible_amount, 0) AS member_cost_amount,
  source_file, source_line
FROM placed
WHERE place = 1
