use std::{
    collections::BTreeMap,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{FutureExt, future::BoxFuture};
use tonic::{Status, body::Body};
use tower::Service;

use super::{Client, ClientError, ClientOptions, connect_lazy};
use crate::{
    grpc::layers::{HttpRequest, HttpResponse},
    topology::{PLACES, Place},
};

/// Every service of an installation, in place of a channel: a call goes to the service whose contract it is
/// of. Clones share connections and breakers.
#[derive(Debug, Clone)]
pub struct Installation(Arc<BTreeMap<&'static str, Client>>);

impl Installation {
    /// Connects when first used. The address is where everything is served, or has `{service}` or `{port}`
    /// in it, and each service is at its own: `https://{service}:{port}`. The options are made for each.
    ///
    /// # Errors
    /// The address is none, or the certificates of its authority cannot be read.
    pub fn connect_lazy(address: &str, options: impl Fn(String) -> ClientOptions) -> Result<Self, ClientError> {
        if !address.contains('{') {
            return Ok(Self::all_at(&connect_lazy(options(address.to_owned()))?));
        }
        let clients = PLACES
            .iter()
            .map(|place| Ok((place.domain, connect_lazy(options(place_in(address, place)))?)));
        Ok(Self(Arc::new(clients.collect::<Result<_, ClientError>>()?)))
    }

    /// The client of one service, to call as somebody.
    pub fn of(&self, place: &Place) -> Option<Client> {
        self.0.get(place.domain).cloned()
    }

    /// One client that leads to every service.
    pub fn all_at(client: &Client) -> Self {
        let clients = PLACES.iter().map(|place| (place.domain, client.clone()));
        Self(Arc::new(clients.collect()))
    }
}

fn place_in(address: &str, place: &Place) -> String {
    address
        .replace("{service}", place.name)
        .replace("{port}", &place.port.to_string())
}

impl Service<HttpRequest> for Installation {
    type Response = HttpResponse;
    type Error = Status;
    type Future = BoxFuture<'static, Result<HttpResponse, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let path = request.uri().path();
        // `/order.v1.OrderService/GetOrder` is about orders.
        let domain = path.trim_start_matches('/').split('.').next().unwrap_or_default();
        match self.0.get(domain) {
            Some(client) => client.clone().call(request),
            None => {
                let status = Status::unimplemented(format!("no service of the installation serves {path}"));
                std::future::ready(Err(status)).boxed()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn targets(address: &str) -> Vec<String> {
        let asked = RefCell::new(Vec::new());
        Installation::connect_lazy(address, |target| {
            asked.borrow_mut().push(target.clone());
            ClientOptions::new(target)
        })
        .unwrap();
        asked.into_inner()
    }

    #[tokio::test]
    async fn each_service_is_at_its_own_address_or_all_are_at_one() {
        let all: Vec<String> = PLACES
            .iter()
            .map(|place| format!("http://{}.shop:{}", place.name, place.port))
            .collect();
        assert_eq!(targets("http://{service}.shop:{port}"), all);
        assert_eq!(targets("http://shop:1"), ["http://shop:1"]);
    }

    #[tokio::test]
    async fn a_call_of_no_service_is_not_sent_anywhere() {
        let mut installation = Installation::connect_lazy("http://127.0.0.1:1", ClientOptions::new).unwrap();
        let request = http::Request::builder().uri("/weather.v1.Weather/Get");
        let status = installation
            .call(request.body(Body::empty()).unwrap())
            .await
            .unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unimplemented);
    }
}
