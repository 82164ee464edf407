SELECT 1 FROM receivable
WHERE replaces = ?2 AND replaces <> '' AND billing_provider = ?1 AND patient_control_number <> ?3
    AND payer_id = ?4 AND state <> 'returned'
LIMIT 1
