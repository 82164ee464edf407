//! Functions that the tables use and SQL has not.

mod risk;

use datafusion::arrow::array::{ArrayRef, AsArray, Decimal128Array};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::Arc;

const MONEY: DataType = DataType::Decimal128(18, 2);

/// Every function of ours; whoever runs queries over a lake registers all of them.
pub(crate) fn functions() -> Vec<ScalarUDF> {
    let quotient = ScalarUDF::from(RoundQuotient { signature: signature() });
    [quotient].into_iter().chain(risk::functions()).collect()
}

fn signature() -> Signature {
    Signature::exact(vec![MONEY, DataType::Int64], Volatility::Immutable)
}

/// `round_quotient(amount, count)`: amount by count, rounded to the cent, half away from zero;
/// empty when the count is zero.
#[derive(Debug, PartialEq, Eq, Hash)]
struct RoundQuotient {
    signature: Signature,
}

impl ScalarUDFImpl for RoundQuotient {
    fn name(&self) -> &'static str {
        "round_quotient"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(MONEY)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [amounts, counts] = columns.as_slice() else {
            return exec_err!("round_quotient takes an amount and a count");
        };
        let amounts = amounts.as_primitive::<Decimal128Type>();
        let counts = counts.as_primitive::<Int64Type>();
        let pairs = amounts.iter().zip(counts.iter());
        let quotients: Decimal128Array =
            pairs.map(|pair| rounded(pair.0?, i128::from(pair.1?))).collect();
        let quotients = quotients.with_precision_and_scale(18, 2)?;
        Ok(ColumnarValue::Array(Arc::new(quotients) as ArrayRef))
    }
}

/// Cents by a count, half away from zero.
fn rounded(cents: i128, count: i128) -> Option<i128> {
    let quotient = cents.checked_div(count)?;
    let rest = cents.checked_rem(count)?.unsigned_abs();
    let away = if (cents < 0) == (count < 0) { 1 } else { -1 };
    let is_half = rest.checked_mul(2)? >= count.unsigned_abs();
    Some(if is_half { quotient + away } else { quotient })
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn halves_go_away_from_zero() {
        let cases = [
            (100, 3, Some(33)),
            (200, 3, Some(67)),
            (5, 2, Some(3)),
            (-5, 2, Some(-3)),
            (5, -2, Some(-3)),
            (-100, 3, Some(-33)),
            (0, 7, Some(0)),
            (1, 0, None),
        ];
        for (cents, count, expected) in cases {
            assert_eq!(rounded(cents, count), expected, "{cents} by {count}");
        }
    }
}
