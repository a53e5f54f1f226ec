//! Coefficients in files.
