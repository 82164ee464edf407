//! Seeded generators of people, coverage, claims, rates, bank files and evil files with known truth.
