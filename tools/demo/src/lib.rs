//! Plays a customer's journey against a running system, through the generated clients, and shows each
//! step: what was called, what came back. Every run registers customers of its own.

mod customer;
mod journey;
mod mishaps;
mod screen;
mod shop;
mod watching;

use platform::grpc::client::Installation;

pub use screen::failure;

/// What is called.
pub const METHODS: [&[wire::Method]; 4] = [
    api::auth::v1::METHODS,
    api::order::v1::METHODS,
    api::payment::v1::METHODS,
    api::user::v1::METHODS,
];

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
pub async fn play(services: Installation, staff: Option<Staff>) -> anyhow::Result<()> {
    let mut steps = screen::Steps::default();
    let mut ada = customer::sign_up(&services, "Ada Lovelace", "ada").await?;
    let mut bob = customer::sign_up(&services, "Bob", "bob").await?;

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
