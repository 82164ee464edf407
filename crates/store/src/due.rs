//! Whether something waits for payment, as one cheap question.

use crate::connection::Transaction;
use crate::error::StoreError;

impl Transaction<'_> {
    /// What waits for payment, as numbers that change when it does; nothing when nothing waits.
    pub fn due_mark(&self) -> Result<Option<[i64; 4]>, StoreError> {
        let mark = self.first(include_str!("../sql/queries/due_mark.sql"), &[], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?;
        Ok(mark.filter(|[claims, _, loops, adjustments]| *claims + *loops + *adjustments > 0))
    }
}
