//! Expectations and their comparison, for CI.
