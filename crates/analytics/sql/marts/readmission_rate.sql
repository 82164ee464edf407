-- Unplanned returns within 30 days per index admission, by year of discharge.
SELECT
  data_source,
  CAST(date_part('year', last_day) AS BIGINT) AS discharge_year,
  count(*) AS index_admissions,
  sum(CASE WHEN is_unplanned_readmitted_30_days THEN 1 ELSE 0 END) AS unplanned_readmissions,
  CAST(
    CAST(sum(CASE WHEN is_unplanned_readmitted_30_days THEN 1 ELSE 0 END) AS DECIMAL(18, 6))
      / CAST(count(*) AS DECIMAL(18, 0)) AS DECIMAL(18, 6)
  ) AS unplanned_readmission_rate
FROM readmission
WHERE is_index_admission
GROUP BY data_source, date_part('year', last_day)
