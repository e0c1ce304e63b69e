//! What tests begin with: a home for a profile, and operations of made-up people.
