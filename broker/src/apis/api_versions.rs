//! ApiVersions: what is offered.

use ottla::protocol::{
    ErrorCode,
    api_versions::{ApiVersion, Request, Response},
};

use crate::{
    api_ranges::{API_VERSIONS, PRODUCE},
    core::Core,
    dispatch::Call,
};

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let named = |name: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let inside = |c: char| c != '-' && c != '.';
        name.chars().all(allowed) && name.starts_with(inside) && name.ends_with(inside)
    };
    let nameless = !named(&request.client_software_name) || !named(&request.client_software_version);
    if call.version >= 3 && nameless {
        return Response { error_code: ErrorCode::INVALID_REQUEST, ..Response::default() };
    }
    Response { api_keys: offered(call.core, |_| true), ..Response::default() }
}

/// For a version that is not offered: the answer is at version 0, and tells of itself alone.
pub(crate) fn unsupported(core: &Core) -> Response {
    Response {
        error_code: ErrorCode::UNSUPPORTED_VERSION,
        api_keys: offered(core, |key| key == API_VERSIONS),
        ..Response::default()
    }
}

fn offered(core: &Core, wanted: impl Fn(i16) -> bool) -> Vec<ApiVersion> {
    let apis = core.config.apis.iter().filter(|(key, _)| wanted(*key));
    apis.map(|(api_key, versions)| ApiVersion {
        api_key,
        // Kafka 4 says 0 of Produce and refuses what is below 3: librdkafka took a higher number for
        // a broker without compression (KAFKA-18659).
        min_version: if api_key == PRODUCE { 0 } else { *versions.start() },
        max_version: *versions.end(),
    })
    .collect()
}
