use std::sync::Arc;

use api::calculator::v1::ChatMessage;
use async_stream::try_stream;
use calculator_core::chat::{Ear, LOBBY, Membership, Message, Rooms};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_stream::Stream;
use tonic::{Status, Streaming};

/// How many messages a member may be behind before it misses some.
const BEHIND: usize = 64;

enum Turn {
    Said(Result<Option<ChatMessage>, Status>),
    Heard(Message),
}

struct Mailbox(mpsc::Sender<Message>);

impl Ear for Mailbox {
    fn hear(&self, message: &Message) -> bool {
        !matches!(self.0.try_send(message.clone()), Err(TrySendError::Closed(_)))
    }
}

/// One caller's side of the talk: what they say goes to their room, what the room hears comes back. Ends
/// when the caller has said all, after what was heard until then.
pub(super) fn conversation(
    rooms: Rooms,
    mut said: Streaming<ChatMessage>,
) -> impl Stream<Item = Result<ChatMessage, Status>> + Send {
    try_stream! {
        let (mailbox, mut heard) = mpsc::channel(BEHIND);
        let ear: Arc<dyn Ear> = Arc::new(Mailbox(mailbox));
        let mut place: Option<Membership> = None;
        loop {
            let turn = tokio::select! {
                message = said.message() => Turn::Said(message),
                Some(message) = heard.recv() => Turn::Heard(message),
            };
            match turn {
                Turn::Heard(message) => yield to_wire(message),
                Turn::Said(message) => {
                    let Some(message) = message? else { break };
                    let current = match place.take() {
                        Some(current) if message.room.is_empty() || message.room == current.room() => current,
                        _ => rooms.join(&message.room, Arc::clone(&ear)),
                    };
                    current.say(from_wire(message));
                    place = Some(current);
                }
            }
        }
        while let Ok(message) = heard.try_recv() {
            yield to_wire(message);
        }
    }
}

fn from_wire(message: ChatMessage) -> Message {
    let ChatMessage {
        r#type,
        content,
        user,
        room,
    } = message;
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    Message {
        kind: or(r#type, "message"),
        content,
        user,
        room: or(room, LOBBY),
    }
}

fn to_wire(message: Message) -> ChatMessage {
    let Message {
        kind,
        content,
        user,
        room,
    } = message;
    ChatMessage {
        r#type: kind,
        content,
        user,
        room,
    }
}
