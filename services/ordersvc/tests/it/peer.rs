//! Other services as ordersvc calls them, faked.

use kernel::Caller;
use platform::{
    grpc::client::{Client, ClientOptions},
    process::{Composed, Process},
};
use testkit::TestIssuer;
use tonic::service::Routes;
use wire::Method;

/// Calls a fake as ordersvc with these permissions, through the real layers of server and client.
pub(crate) async fn client_of(fake: Routes, methods: &'static [Method], permissions: &[&str]) -> Client {
    let process = Process::new();
    let issuer = TestIssuer::try_new(process.clock.clone()).unwrap();
    let composed = Composed::new(fake)
        .methods(methods)
        .descriptors(api::FILE_DESCRIPTOR_SET)
        .verifier(issuer.verifier());
    let (_, channel) = testkit::in_process(composed, &process).await.unwrap();
    let caller = Caller::service("ordersvc", permissions.iter().map(ToString::to_string));
    let options = ClientOptions {
        methods: vec![methods],
        identity: issuer.identity(&caller).unwrap(),
        ..ClientOptions::new("http://in-process")
    };
    Client::over(channel, options)
}
