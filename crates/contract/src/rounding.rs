//! The names of rounding modes in contract texts.

use counterfoil_base::Rounding;

/// The rounding mode with this name in contract texts.
pub(crate) fn rounding_named(name: &str) -> Option<Rounding> {
    match name {
        "half_up" => Some(Rounding::HalfUp),
        "half_even" => Some(Rounding::HalfEven),
        "down" => Some(Rounding::Down),
        "up" => Some(Rounding::Up),
        _ => None,
    }
}

/// The name of a rounding mode in contract texts.
pub(crate) fn rounding_name(mode: Rounding) -> &'static str {
    match mode {
        Rounding::HalfUp => "half_up",
        Rounding::HalfEven => "half_even",
        Rounding::Down => "down",
        Rounding::Up => "up",
    }
}
