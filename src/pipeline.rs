//! The only place where the stages meet; it reads top to bottom as the data flows.
