//! Request to domain, domain to response; no decisions.

use api::DOMAIN::v1::{EchoRequest, EchoResponse, DOMAIN_service_server};
use tonic::{Request, Response, Status};

/// `DOMAIN.v1.TITLEService`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TITLEGrpc;

#[tonic::async_trait]
impl DOMAIN_service_server::TITLEService for TITLEGrpc {
    async fn echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        let text = DOMAIN_core::echo::echo(&request.get_ref().text).map_err(|error| wire::status(&error))?;
        Ok(Response::new(EchoResponse { text }))
    }
}
