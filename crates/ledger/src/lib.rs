//! Double-entry books for payer and provider with reversals instead of deletion.
