//! The commands of the counterfoil program.
