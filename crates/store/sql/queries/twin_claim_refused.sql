SELECT receivable.source_file, receivable.billing_provider, receivable.patient_control_number,
    receivable.payer_id, claim.subject
FROM twin_claim AS claim
CROSS JOIN receivable
WHERE claim.relationship_id = ?1 AND claim.standing = 'rejected' AND claim.received_at = 0
    AND receivable.patient_control_number = claim.patient_control_number
    AND receivable.twin_subject = claim.subject
    AND receivable.state IN ('billed', 'taken back') AND receivable.claim_control_number = ''
ORDER BY receivable.source_file, claim.subject
