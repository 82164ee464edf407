-- From which day on a reversal or adjustment may be paid: that of the decision that caused it. What
-- waits from before has no row and may be paid at once.
CREATE TABLE IF NOT EXISTS due_day (
    due_key           TEXT   NOT NULL PRIMARY KEY,      -- of remittance_due or
                                                        -- provider_adjustment_due
    due_on            TEXT   NOT NULL                   -- YYYY-MM-DD
);
