use api::DOMAIN::v1::{self as contract, DOMAIN_service_server::TITLEServiceServer};
use async_trait::async_trait;
use platform::process::{Composed, Process, Service};
use tonic::service::Routes;

use crate::{config::Config, grpc};

/// The service `DOMAINsvc`.
#[derive(Debug)]
pub struct TITLEsvc;

#[async_trait]
impl Service for TITLEsvc {
    const NAME: &'static str = platform::topology::UPPERSVC.name;
    type Config = Config;

    async fn compose(_config: Config, _process: &Process) -> anyhow::Result<Composed> {
        let service = TITLEServiceServer::new(grpc::TITLEGrpc);

        Ok(Composed::new(Routes::new(service))
            .methods(contract::METHODS)
            .descriptors(api::FILE_DESCRIPTOR_SET))
    }
}
