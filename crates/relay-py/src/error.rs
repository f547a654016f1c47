//! Errors as Python sees them: a stable code first, words after it.

use ::relay_io::SubmitError;
use pyo3::exceptions::{PyException, PyOSError, PyValueError};
use pyo3::{PyErr, create_exception};

create_exception!(
    conference.media._relay,
    RelayError,
    PyException,
    "A command that cannot be taken: unknown id, full queue, worker gone. `str()` begins with a stable code."
);

/// What a refused command raises.
pub(crate) fn refused(error: SubmitError) -> PyErr {
    let words = match error {
        SubmitError::UnknownTransport => "no such transport",
        SubmitError::UnknownTrack => "no such track",
        SubmitError::UnknownSubscription => "no such subscription",
        SubmitError::DuplicateId => "the id is taken",
        SubmitError::TooManyTransports => "max_transports are open",
        SubmitError::QueueFull => "the worker is too far behind",
        SubmitError::WorkerGone => "the worker has stopped",
    };
    RelayError::new_err(format!("{}: {words}", error.code()))
}

/// What a value of the right type and the wrong size raises.
pub(crate) fn bad_value(words: impl Into<String>) -> PyErr {
    PyValueError::new_err(words.into())
}

/// An `OSError` with its `errno`, so that the caller can tell a taken port from a foreign address.
pub(crate) fn os_error(error: std::io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(errno) => PyOSError::new_err((errno, error.to_string())),
        None if error.kind() == std::io::ErrorKind::InvalidInput => bad_value(error.to_string()),
        None => error.into(),
    }
}
