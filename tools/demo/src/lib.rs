//! Plays a customer's journey against a running system, through the generated clients, and shows each
//! step: what was called, what came back. Every run registers customers of its own.

mod customer;
mod journey;
mod mishaps;
mod screen;
mod shop;
mod watching;

use tonic::transport::Channel;

pub use screen::failure;

/// Somebody who works for the shop.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The login address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Plays all of it. Without staff nobody ships, and the part that needs them is left out and said to be.
///
/// # Errors
/// Something did not go as the contracts say.
pub async fn play(channel: Channel, staff: Option<Staff>) -> anyhow::Result<()> {
    let mut steps = screen::Steps::default();
    let mut ada = customer::sign_up(&channel, "Ada Lovelace", "ada").await?;
    let mut bob = customer::sign_up(&channel, "Bob", "bob").await?;

    screen::part("An order, from the cart to the refund");
    journey::play(&mut steps, &mut ada).await?;
    screen::part("What goes wrong, and what is told then");
    mishaps::play(&mut steps, &mut ada, &mut bob).await?;
    match staff {
        Some(staff) => {
            screen::part("The shop at work");
            shop::play(&mut steps, &mut ada, &staff).await?;
        }
        None => screen::left_out("Shipping needs staff: give --staff-password-file"),
    }
    screen::part("Leaving");
    shop::leave(&mut steps, bob).await?;
    screen::farewell("Everything went as the contracts say.");
    Ok(())
}
