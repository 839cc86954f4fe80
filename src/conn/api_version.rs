use std::fmt;

use super::Conn;
use crate::protocol::Api;

/// The versions of an API that a broker speaks.
///
/// Written out it is `Fetch[v4:v18]`; an API that this crate cannot speak goes by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ApiVersion {
    /// Number of the API.
    pub key: i16,
    /// Lowest version.
    pub min: i16,
    /// Highest version.
    pub max: i16,
}

impl ApiVersion {
    /// The API's name, if this crate can speak it.
    pub fn name(&self) -> Option<&'static str> {
        Api::find(self.key).map(|api| api.name)
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "API {}", self.key)?,
        }
        write!(f, "[v{}:v{}]", self.min, self.max)
    }
}

impl Conn {
    /// The APIs that the broker speaks, in order of their numbers, as it said when it was dialled.
    pub fn api_versions(&self) -> Vec<ApiVersion> {
        let ranges = self.connection.versions().ranges();
        ranges.iter().map(|&(key, min, max)| ApiVersion { key, min, max }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_name_and_range() {
        assert_eq!(ApiVersion { key: 1, min: 2, max: 5 }.to_string(), "Fetch[v2:v5]");
        assert_eq!(ApiVersion { key: 1234, min: 0, max: 0 }.to_string(), "API 1234[v0:v0]");
    }
}
