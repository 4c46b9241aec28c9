//! Rooms where everyone hears everyone.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The room of those who name none.
pub const LOBBY: &str = "lobby";

/// What is said in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What kind of message it is, as the client named it: `message`, `join`.
    pub kind: String,
    /// The text.
    pub content: String,
    /// Who says it, as they call themselves.
    pub user: String,
    /// The room.
    pub room: String,
}

/// Where a member hears the room.
pub trait Ear: Send + Sync {
    /// Takes a message, at once or not at all.
    ///
    /// MUST NOT block: a member who is not keeping up misses the message. Returns `false` when the
    /// member is gone for good.
    fn hear(&self, message: &Message) -> bool;
}

#[derive(Default)]
struct Room {
    members: BTreeMap<u64, Arc<dyn Ear>>,
}

/// All rooms that have somebody in them. Cheap to clone; clones share the rooms.
#[derive(Clone, Default)]
pub struct Rooms {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    rooms: HashMap<String, Room>,
    joined: u64,
}

/// A place in a room; dropping it leaves.
pub struct Membership {
    rooms: Rooms,
    room: String,
    number: u64,
}

impl Rooms {
    /// Enters a room, making it if nobody is there. An empty name is the lobby.
    pub fn join(&self, room: &str, ear: Arc<dyn Ear>) -> Membership {
        let room = if room.is_empty() { LOBBY } else { room }.to_owned();
        let mut inner = self.lock();
        inner.joined += 1;
        let number = inner.joined;
        inner.rooms.entry(room.clone()).or_default().members.insert(number, ear);
        Membership {
            rooms: self.clone(),
            room,
            number,
        }
    }

    /// How many rooms have somebody in them.
    pub fn occupied(&self) -> usize {
        self.lock().rooms.len()
    }

    fn leave(&self, room: &str, number: u64) {
        let mut inner = self.lock();
        if let Some(left) = inner.rooms.get_mut(room) {
            left.members.remove(&number);
            if left.members.is_empty() {
                inner.rooms.remove(room);
            }
        }
    }

    /// No code that can panic runs under the lock, so a poisoned one is still whole.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Membership {
    /// The room this is a place in.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// Says something to everyone in the room, the speaker included; returns how many there are.
    pub fn say(&self, message: Message) -> usize {
        let message = Message {
            room: self.room.clone(),
            ..message
        };
        let ears: Vec<(u64, Arc<dyn Ear>)> = {
            let inner = self.rooms.lock();
            let members = inner.rooms.get(&self.room).map(|room| &room.members);
            members
                .into_iter()
                .flatten()
                .map(|(number, ear)| (*number, Arc::clone(ear)))
                .collect()
        };
        let mut heard = 0;
        for (number, ear) in ears {
            if ear.hear(&message) {
                heard += 1;
            } else {
                self.rooms.leave(&self.room, number);
            }
        }
        heard
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.rooms.leave(&self.room, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Notebook(Mutex<Vec<String>>);
    impl Ear for Notebook {
        fn hear(&self, message: &Message) -> bool {
            self.0
                .lock()
                .unwrap()
                .push(format!("{}@{}: {}", message.user, message.room, message.content));
            true
        }
    }

    struct Gone;
    impl Ear for Gone {
        fn hear(&self, _message: &Message) -> bool {
            false
        }
    }

    fn says(user: &str, content: &str) -> Message {
        Message {
            kind: "message".into(),
            content: content.into(),
            user: user.into(),
            room: String::new(),
        }
    }

    #[test]
    fn everyone_in_the_room_hears_it_and_nobody_else() {
        let rooms = Rooms::default();
        let (ada, bob, eve) = (
            Arc::new(Notebook::default()),
            Arc::new(Notebook::default()),
            Arc::new(Notebook::default()),
        );
        let in_lobby = rooms.join("", ada.clone());
        let _also = rooms.join(LOBBY, bob.clone());
        let _elsewhere = rooms.join("attic", eve.clone());
        assert_eq!(in_lobby.say(says("ada", "hello")), 2);
        assert_eq!(*ada.0.lock().unwrap(), ["ada@lobby: hello"]);
        assert_eq!(*bob.0.lock().unwrap(), ["ada@lobby: hello"]);
        assert!(eve.0.lock().unwrap().is_empty());
    }

    #[test]
    fn an_empty_room_is_forgotten() {
        let rooms = Rooms::default();
        let place = rooms.join("attic", Arc::new(Notebook::default()));
        assert_eq!(rooms.occupied(), 1);
        drop(place);
        assert_eq!(rooms.occupied(), 0);
    }

    #[test]
    fn whoever_is_gone_is_struck_off() {
        let rooms = Rooms::default();
        let place = rooms.join("attic", Arc::new(Notebook::default()));
        let _gone = rooms.join("attic", Arc::new(Gone));
        assert_eq!(place.say(says("ada", "one")), 1);
        assert_eq!(place.say(says("ada", "two")), 1);
    }
}
