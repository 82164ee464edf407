//! The repository's own rules as a test: layers, lengths, words.
