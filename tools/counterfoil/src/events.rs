use std::{collections::BTreeSet, io::Write, time::Duration};

use api::order::v1::{ListOrderEventsRequest, OrderEvent, WatchOrdersRequest, order_event::Type};
use clap::Args;
use tonic::{Code, Status};

use crate::{
    apis::Apis,
    json,
    orders::state,
    output::{Output, instant, short},
};

const BETWEEN_WATCHES: Duration = Duration::from_secs(1);

/// Shows what happened to an order, oldest first.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The order's id.
    id: String,
    /// Goes on showing what happens, until interrupted.
    #[arg(long)]
    watch: bool,
}

impl Events {
    /// One line an event: with JSON too, so that a watch can be read as it goes.
    pub(crate) async fn run(self, apis: &Apis, output: Output, to: &mut dyn Write) -> anyhow::Result<()> {
        let mut shown = BTreeSet::new();
        if !self.watch {
            return show_all(history(apis, &self.id).await?, &mut shown, output, to);
        }
        let mut request = WatchOrdersRequest {
            order_id: self.id.clone(),
            ..Default::default()
        };
        loop {
            let mut stream = match apis.watch_orders(&request).await {
                Ok(stream) => stream,
                Err(status) => {
                    wait_or_give_up(status).await?;
                    continue;
                }
            };
            // Open before the history is read, so that nothing falls in between.
            if shown.is_empty() {
                show_all(history(apis, &self.id).await?, &mut shown, output, to)?;
            }
            loop {
                match stream.message().await {
                    Ok(Some(message)) => {
                        let Some(event) = message.event else { continue };
                        request.resume_token.clone_from(&event.resume_token);
                        if event.r#type() != Type::Live {
                            show_all(vec![event], &mut shown, output, to)?;
                        }
                    }
                    Ok(None) => break,
                    Err(status) => {
                        wait_or_give_up(status).await?;
                        break;
                    }
                }
            }
        }
    }
}

/// A watch ends when its token does and when the service restarts; both pass.
async fn wait_or_give_up(status: Status) -> Result<(), Status> {
    let token_expired = status.code() == Code::Unauthenticated
        && wire::reason_of(&status).is_some_and(|reason| reason == "TOKEN_EXPIRED");
    if !token_expired
        && !matches!(
            status.code(),
            Code::Unavailable | Code::Cancelled | Code::DeadlineExceeded
        )
    {
        return Err(status);
    }
    tokio::time::sleep(BETWEEN_WATCHES).await;
    Ok(())
}

async fn history(apis: &Apis, id: &str) -> Result<Vec<OrderEvent>, Status> {
    let mut request = ListOrderEventsRequest {
        id: id.to_owned(),
        page_size: 100,
        page_token: String::new(),
    };
    let mut events = Vec::new();
    loop {
        let page = apis.list_order_events(&request).await?;
        events.extend(page.events);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            events.reverse();
            return Ok(events);
        }
    }
}

fn show_all(
    events: Vec<OrderEvent>,
    shown: &mut BTreeSet<i64>,
    output: Output,
    to: &mut dyn Write,
) -> anyhow::Result<()> {
    for event in events {
        if !shown.insert(event.version) {
            continue;
        }
        match output {
            Output::Table => {
                let order = event.order.clone().unwrap_or_default();
                let happened = short(event.r#type().as_str_name(), "TYPE_");
                let status = short(order.status().as_str_name(), "ORDER_STATUS_");
                let reason = order
                    .checkout
                    .as_ref()
                    .map_or("", |checkout| checkout.failure_reason.as_str());
                let line = format!(
                    "{:<4} {}  {happened:<16}  {status:<10}  {:<18}  {}  {reason}",
                    event.version,
                    instant(event.emitted_at),
                    state(&order),
                    event.actor,
                );
                writeln!(to, "{}", line.trim_end())?;
            }
            Output::Json => writeln!(to, "{}", json::of("order.v1.OrderEvent", &event)?)?,
        }
        to.flush()?;
    }
    Ok(())
}
