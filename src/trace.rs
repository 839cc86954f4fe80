//! `trace!(level, fields…, "what")`: an event of the `tracing` crate with the feature of that name,
//! nothing without.

/// Says what the client is doing.
#[cfg(feature = "tracing")]
macro_rules! trace {
    ($level:ident, $($event:tt)+) => { tracing::$level!(target: "ottla", $($event)+) };
}

/// Says nothing.
#[cfg(not(feature = "tracing"))]
macro_rules! trace {
    ($level:ident, $($event:tt)+) => {{}};
}

pub(crate) use trace;
