//! Request to domain, domain to response; no decisions.

mod chat;
mod numbers;

use api::calculator::v1::{self as contract, calculator_server};
use calculator_core::arithmetic;
use tonic::{Request, Response, Status};

pub(crate) use numbers::Numbers;

/// `calculator.v1.Calculator`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calculator;

#[tonic::async_trait]
impl calculator_server::Calculator for Calculator {
    async fn add(&self, request: Request<contract::Numbers>) -> Result<Response<contract::Result>, Status> {
        let contract::Numbers { a, b } = request.into_inner();
        let value = arithmetic::add(a, b).map_err(|error| wire::status(&error))?;
        Ok(Response::new(contract::Result { value }))
    }

    async fn multiply(&self, request: Request<contract::Numbers>) -> Result<Response<contract::Result>, Status> {
        let contract::Numbers { a, b } = request.into_inner();
        let value = arithmetic::multiply(a, b).map_err(|error| wire::status(&error))?;
        Ok(Response::new(contract::Result { value }))
    }
}
