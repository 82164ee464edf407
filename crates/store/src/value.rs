//! What goes into statements and comes out of rows, whichever database holds it.

use crate::error::DatabaseError;

/// A value as both databases know it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl Bind for Value<'_> {
    fn value(&self) -> Value<'_> {
        *self
    }
}

/// What can be bound to a place of a statement.
pub(crate) trait Bind {
    fn value(&self) -> Value<'_>;
}

impl Bind for i64 {
    fn value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Bind for u32 {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<T: Bind> Bind for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::value)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

/// What can be read from a column; nothing when the column holds something else.
pub(crate) trait Column: Sized {
    fn read(value: Value<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn read(value: Value<'_>) -> Option<i64> {
        if let Value::Integer(number) = value { Some(number) } else { None }
    }
}

impl Column for u32 {
    fn read(value: Value<'_>) -> Option<u32> {
        i64::read(value)?.try_into().ok()
    }
}

impl Column for u8 {
    fn read(value: Value<'_>) -> Option<u8> {
        i64::read(value)?.try_into().ok()
    }
}

impl Column for String {
    fn read(value: Value<'_>) -> Option<String> {
        if let Value::Text(text) = value { Some(text.to_owned()) } else { None }
    }
}

impl Column for Vec<u8> {
    fn read(value: Value<'_>) -> Option<Vec<u8>> {
        if let Value::Bytes(bytes) = value { Some(bytes.to_vec()) } else { None }
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(value: Value<'_>) -> Option<[u8; N]> {
        if let Value::Bytes(bytes) = value { bytes.try_into().ok() } else { None }
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: Value<'_>) -> Option<Option<T>> {
        if let Value::Null = value { Some(None) } else { T::read(value).map(Some) }
    }
}

/// One row of an answer.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The column with this place, from 0.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T, DatabaseError> {
        let value = self.value(column)?;
        T::read(value).ok_or_else(|| {
            DatabaseError::column(column, "the value is of another kind than the schema says")
        })
    }

    /// How many columns it has.
    pub(crate) fn columns(&self) -> usize {
        match self {
            Row::Sqlite(row) => row.as_ref().column_count(),
            Row::Postgres(row) => row.len(),
        }
    }

    /// The column as it stands.
    pub(crate) fn value(&self, column: usize) -> Result<Value<'_>, DatabaseError> {
        match self {
            Row::Sqlite(row) => crate::driver::sqlite::value(row, column),
            Row::Postgres(row) => crate::driver::postgres::value(row, column),
        }
    }
}
