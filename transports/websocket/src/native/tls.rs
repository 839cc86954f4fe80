use std::{io, sync::Arc};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::transport::WebSocketTransport;

/// Whom to trust.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    /// Instead of the machine's.
    roots: Option<Arc<RootCertStore>>,
}

impl Tls {
    pub(super) async fn wrap(&self, tcp: TcpStream, host: &str) -> io::Result<TlsStream<TcpStream>> {
        if !processor_is_able() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "wss:// needs a processor of the last ten years, with AES and vector instructions",
            ));
        }
        let roots = match &self.roots {
            Some(roots) => Arc::clone(roots),
            None => Arc::new(machine_roots()?),
        };
        let config = ClientConfig::builder_with_provider(rustls_graviola::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await
    }
}

/// Graviola panics on a processor without what it is written for: asked beforehand, it is an error.
fn processor_is_able() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("pclmulqdq")
        && is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("adx");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("neon")
        && std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
        && std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    false
}

fn machine_roots() -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(io::Error::other(
            "this machine trusts no certificate authority: install its ca-certificates, or set SSL_CERT_FILE",
        ));
    }
    Ok(roots)
}

impl WebSocketTransport {
    /// Trusts the certificate authorities in `pem`, and no others, for `wss://`. Without this, those
    /// the machine trusts.
    ///
    /// # Errors
    /// `pem` holds no certificate, or a broken one.
    pub fn trust(mut self, pem: &[u8]) -> io::Result<Self> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| invalid(format!("not PEM: {error}")))?;
            roots.add(certificate).map_err(|error| invalid(format!("not a certificate: {error}")))?;
        }
        if roots.is_empty() {
            return Err(invalid("there is no certificate in this PEM".to_owned()));
        }
        self.tls.roots = Some(Arc::new(roots));
        Ok(self)
    }
}
