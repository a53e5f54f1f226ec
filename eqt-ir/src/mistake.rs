//! Mistakes of users, one sentence each: `mistake!(place, "..{}..", ..)` is a [`syn::Error`].

/// At a span.
macro_rules! mistake {
    ($span:expr, $($sentence:tt)+) => { syn::Error::new($span, format_args!($($sentence)+)) };
}

/// At some tokens.
macro_rules! mistake_at {
    ($tokens:expr, $($sentence:tt)+) => { syn::Error::new_spanned($tokens, format_args!($($sentence)+)) };
}
