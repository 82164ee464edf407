UPDATE receivable SET source_file = ?4, twin_subject = ?5
WHERE billing_provider = ?1 AND patient_control_number = ?2 AND version = ?3
