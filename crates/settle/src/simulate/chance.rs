//! Seeded random numbers in integers: each draw and purpose has its own, in any order.

/// What a random number is for; one never moves the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// How far the cost of the group strays.
    Cost,
    /// How far the growth of cost strays.
    Trend,
    /// How far the benchmark strays.
    Benchmark,
    /// A fact of the row, by its place in the contract.
    Fact(u64),
}

impl Stream {
    fn number(self) -> u64 {
        match self {
            Stream::Cost => 0,
            Stream::Trend => 1,
            Stream::Benchmark => 2,
            Stream::Fact(index) => index.wrapping_add(16),
        }
    }
}

/// 64 random bits that depend on seed, draw and purpose alone.
pub(crate) fn bits(seed: u64, draw: u64, stream: Stream) -> u64 {
    let first = mix(seed.wrapping_add(0x9E37_79B9_7F4A_7C15));
    let second = mix(first ^ mix(draw.wrapping_add(0xD1B5_4A32_D192_ED03)));
    mix(second ^ mix(stream.number().wrapping_add(0x8CB9_2BA7_2F3D_8DD7)))
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A standard normal number in billionths.
pub(crate) fn normal(seed: u64, draw: u64, stream: Stream) -> i64 {
    quantile(bits(seed, draw, stream))
}

/// One in fixed point.
const ONE: i128 = 1_000_000_000_000;
/// The natural logarithm of two.
const LN_2: i128 = 693_147_180_560;

fn times(left: i128, right: i128) -> i128 {
    left * right / ONE
}

/// A polynomial, coefficients from the highest power down.
fn polynomial(coefficients: &[i128], at: i128) -> i128 {
    coefficients.iter().fold(0, |sum, coefficient| times(sum, at) + coefficient)
}

/// The standard normal quantile at `(2 bits + 1) / 2^65`, in billionths.
///
/// Algorithm AS 241, PPND7 (Wichura 1988), accurate to about seven digits, in fixed point.
fn quantile(bits: u64) -> i64 {
    const HALF: i128 = 1 << 64;
    let odd = 2 * i128::from(bits) + 1;
    // Distance from one half, times 2^65.
    let distance = odd - HALF;
    let q = (distance * ONE) >> 65;
    let value = if q.abs() <= 425_000_000_000 {
        let r = 180_625_000_000 - times(q, q);
        let over = [59_109_374_720_000, 159_291_132_020_000, 50_434_271_938_000, 3_387_132_717_900];
        let under = [67_187_563_600_000, 78_757_757_664_000, 17_895_169_469_000, ONE];
        times(q, polynomial(&over, r)) * ONE / polynomial(&under, r)
    } else {
        let tail = if distance < 0 { odd } else { 2 * HALF - odd };
        let r = ((65 * LN_2 - logarithm(tail)) * ONE).isqrt();
        let magnitude = if r <= 5 * ONE {
            let r = r - 1_600_000_000_000;
            let over = [170_238_211_030, 1_306_728_481_600, 2_756_815_390_000, 1_423_437_277_700];
            let under = [120_211_329_750, 737_001_642_500, ONE];
            polynomial(&over, r) * ONE / polynomial(&under, r)
        } else {
            let r = r - 5 * ONE;
            let over = [17_337_203_997, 428_682_943_370, 3_081_226_386_000, 6_657_905_115_000];
            let under = [12_258_202_635, 241_978_942_250, ONE];
            polynomial(&over, r) * ONE / polynomial(&under, r)
        };
        if distance < 0 { -magnitude } else { magnitude }
    };
    // At most about 9.2 in size.
    i64::try_from(value / 1000).unwrap_or(0)
}

/// The natural logarithm of a whole number from 1 up to 2^65, in fixed point.
fn logarithm(number: i128) -> i128 {
    let power = number.ilog2();
    let mantissa = (number * ONE) >> power;
    // ln m = 2 artanh((m - 1) / (m + 1)), whose argument is at most a third.
    let argument = (mantissa - ONE) * ONE / (mantissa + ONE);
    let square = times(argument, argument);
    let (mut power_of, mut sum) = (argument, 0);
    for divisor in (1..30).step_by(2) {
        sum += power_of / divisor;
        power_of = times(power_of, square);
    }
    i128::from(power) * LN_2 + 2 * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits whose quantile is asked at a share of parts in ten thousand million.
    fn at(parts: u128) -> i64 {
        let bits = (parts << 64) / 10_000_000_000;
        quantile(u64::try_from(bits).unwrap())
    }

    #[test]
    fn quantiles_are_those_of_the_published_tables() {
        // Quantiles of the standard normal distribution, in billionths.
        for (parts, expected) in [
            (5_000_000_000, 0),
            (8_413_447_461, 1_000_000_000),
            (9_750_000_000, 1_959_963_985),
            (250_000_000, -1_959_963_985),
            (9_990_000_000, 3_090_232_306),
            (10_000, -4_753_424_309),
            (1_000_000_000, -1_281_551_566),
            (9_999_999_999, 6_361_340_902),
        ] {
            let off = (at(parts) - expected).abs();
            assert!(off <= 2_000, "{parts}: {} for {expected}", at(parts));
        }
        assert!(quantile(0) < -9_000_000_000 && quantile(u64::MAX) > 9_000_000_000);
        let values: Vec<i64> = (0..10_000).map(|i| quantile(u64::MAX / 10_000 * i)).collect();
        assert!(values.is_sorted(), "more is never less");
    }

    #[test]
    fn draws_have_the_moments_of_the_normal_distribution_and_do_not_follow_each_other() {
        let draws: Vec<i128> =
            (0..100_000).map(|draw| i128::from(normal(7, draw, Stream::Cost))).collect();
        let count = 100_000;
        let mean = draws.iter().sum::<i128>() / count;
        let variance = draws.iter().map(|z| z * z / 1_000_000_000).sum::<i128>() / count;
        let other: Vec<i128> =
            (0..100_000).map(|draw| i128::from(normal(7, draw, Stream::Trend))).collect();
        let pairs = draws.iter().zip(&other);
        let together = pairs.map(|(a, b)| a * b / 1_000_000_000).sum::<i128>() / count;
        let steps = draws.iter().zip(draws.iter().skip(1));
        let in_turn = steps.map(|(a, b)| a * b / 1_000_000_000).sum::<i128>() / count;
        // Four standard errors of a mean of so many draws.
        let error = 4 * 1_000_000_000 / 316;
        assert!(mean.abs() < error && together.abs() < error && in_turn.abs() < error);
        assert!((variance - 1_000_000_000).abs() < 2 * error, "{variance}");
        assert_ne!(normal(7, 0, Stream::Cost), normal(8, 0, Stream::Cost));
    }
}
