//! Eligibility, pricing, benefits and coordination of benefits as a pure, explained function.
