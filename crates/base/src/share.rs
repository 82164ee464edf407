//! Splitting an amount so that the parts always sum to the whole.

use crate::cents::Cents;

/// Splits `total` in proportion to `weights` by the largest-remainder rule.
///
/// Each part is first rounded toward zero; the cents left over go one each to the parts with
/// the largest remainders, ties to the earlier part. Weights of zero get nothing; when all
/// weights are zero the first part gets everything. Negative totals split as their mirror.
#[must_use]
pub fn split_largest_remainder(total: Cents, weights: &[u64]) -> Vec<Cents> {
    let mut parts = vec![Cents::ZERO; weights.len()];
    let weight_sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
    if weights.is_empty() {
        return parts;
    }
    if weight_sum == 0 {
        parts[0] = total;
        return parts;
    }
    let magnitude = i128::from(total.0).abs();
    let sign = if total.0 < 0 { -1 } else { 1 };
    let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(weights.len());
    let mut given: i128 = 0;
    for (index, &weight) in weights.iter().enumerate() {
        let product = magnitude * i128::from(weight);
        let floor = product / weight_sum;
        given += floor;
        parts[index] = Cents(sign * i64::try_from(floor).expect("a part is not above the whole"));
        remainders.push((product % weight_sum, index));
    }
    remainders.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    let left_over = usize::try_from(magnitude - given).expect("fewer cents left than parts");
    for &(_, index) in &remainders[..left_over] {
        parts[index] += Cents(sign);
    }
    assert_eq!(parts.iter().sum::<Cents>(), total, "parts sum to the whole");
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_to_the_whole() {
        for (total, weights, expected) in [
            (100, vec![1, 1, 1], vec![34, 33, 33]),
            (-100, vec![1, 1, 1], vec![-34, -33, -33]),
            (5, vec![0, 0], vec![5, 0]),
            (1, vec![1, 2], vec![0, 1]),
            (0, vec![3, 4], vec![0, 0]),
        ] {
            let parts = split_largest_remainder(Cents(total), &weights);
            assert_eq!(parts.iter().map(|c| c.0).collect::<Vec<_>>(), expected);
        }
    }
}
