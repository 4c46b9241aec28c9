use std::sync::Arc;

use api::order::v1::WatchOrdersResponse;
use futures::{StreamExt, stream, stream::BoxStream};
use kernel::{Caller, Clock};
use order_core::ports::{Watch, WatchScope, Watched};
use platform::tokens::KeyRing;
use tonic::Status;

use super::{convert, refused::refused, tokens};

/// A watch on its way to the caller.
pub(super) struct Watching {
    pub(super) watch: Box<dyn Watch>,
    pub(super) tokens: Arc<KeyRing>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) caller: Caller,
    pub(super) scope: WatchScope,
}

impl Watching {
    /// Its events as the caller reads them. Nothing is read ahead: a caller who does not read holds a position and
    /// little else.
    pub(super) fn into_stream(self) -> BoxStream<'static, Result<WatchOrdersResponse, Status>> {
        stream::try_unfold(self, Self::next).boxed()
    }

    async fn next(mut self) -> Result<Option<(WatchOrdersResponse, Self)>, Status> {
        let watched = self.watch.next().await.map_err(refused)?;
        let places = tokens::watch(&self.tokens, &self.caller, self.scope);
        let seal = |position| places.seal(Some(tokens::place_of_position(position)));
        let event = match watched {
            Watched::Event { event, position } => convert::event(&event, seal(position)),
            Watched::Live { position } => convert::live(self.clock.now(), seal(position)),
        };
        Ok(Some((WatchOrdersResponse { event: Some(event) }, self)))
    }
}
