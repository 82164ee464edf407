SELECT MAX(decided_on) FROM claim
WHERE state IN ('approved', 'denied') AND payment_trace = ''
