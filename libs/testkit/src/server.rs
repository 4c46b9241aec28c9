use platform::{
    grpc::server::{Health, Server, ServerError, ServerOptions, Transport},
    process::{Composed, Process},
};
use tonic::transport::Channel;

/// Serves a composed service inside the process, through the same layers as on a socket.
///
/// # Errors
/// A method has no access, or needs a caller that nobody recognises.
pub async fn in_process(composed: Composed, process: &Process) -> Result<(Server, Channel), ServerError> {
    let health = Health::new(composed.service_names()).await;
    let server = Server::try_new(composed.parts(health, process), ServerOptions::new(Transport::Insecure))?;
    let channel = server.in_process();
    Ok((server, channel))
}
