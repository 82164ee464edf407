-- Who belongs to which organization, and from when to when. An end that is blank is open.
-- One affiliate may belong to many organizations at once.
SELECT
  affiliate_id, affiliate_kind, organization_id, organization_kind,
  coalesce(start_date, DATE '1900-01-01') AS first_day,
  coalesce(end_date, DATE '9999-12-31') AS last_day,
  data_source
FROM (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY affiliate_id, organization_id, organization_kind, start_date, data_source
      ORDER BY file_date DESC NULLS LAST, source_file DESC, source_line DESC, source_import
    ) AS place
  FROM input.provider_affiliation
) AS placed
WHERE place = 1
