-- Keys of a computed table that more than one row has.
SELECT {keys}, count(*) AS rows_with_this_key
FROM {table}
GROUP BY {keys}
HAVING count(*) > 1
LIMIT 10
