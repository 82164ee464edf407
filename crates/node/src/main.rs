//! The binary `counterfoil`: the only place that knows the time and ends the process.

fn main() {}
