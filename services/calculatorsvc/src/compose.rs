use api::calculator::v1::{
    self as contract, calculator_server::CalculatorServer, number_service_server::NumberServiceServer,
};
use async_trait::async_trait;
use calculator_core::chat::Rooms;
use platform::process::{Composed, Process, Service};
use tonic::service::Routes;

use crate::{config::Config, grpc};

/// The service `calculatorsvc`.
#[derive(Debug)]
pub struct Calculatorsvc;

#[async_trait]
impl Service for Calculatorsvc {
    const NAME: &'static str = "calculatorsvc";
    type Config = Config;

    async fn compose(_config: Config, _process: &Process) -> anyhow::Result<Composed> {
        let rooms = Rooms::default();
        let calculator = CalculatorServer::new(grpc::Calculator);
        let numbers = NumberServiceServer::new(grpc::Numbers::new(rooms));

        Ok(Composed::new(Routes::new(calculator).add_service(numbers))
            .methods(contract::METHODS)
            .descriptors(api::FILE_DESCRIPTOR_SET))
    }
}
