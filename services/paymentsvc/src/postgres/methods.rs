use async_trait::async_trait;
use kernel::{PortError, UserId};
use payment_core::{
    Card,
    ports::{PaymentMethod, PaymentMethods},
};
use platform::postgres::{Database, StoreError};
use sqlx::{Row, postgres::PgRow};

/// Cards in Postgres.
#[derive(Clone)]
pub struct PgPaymentMethods {
    database: Database,
}

impl PgPaymentMethods {
    /// Cards of this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl PaymentMethods for PgPaymentMethods {
    #[tracing::instrument(name = "db.payment_methods.insert", skip_all)]
    async fn insert(&self, method: &PaymentMethod) -> Result<(), PortError> {
        failpoint::hit("payment_methods.insert.before");
        let inserted = sqlx::query(
            "INSERT INTO payment_methods (token, customer_id, provider_token, brand, last4, fingerprint, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&method.token)
        .bind(method.customer_id.as_uuid())
        .bind(&method.provider_token)
        .bind(&method.card.brand)
        .bind(&method.card.last4)
        .bind(&method.fingerprint)
        .bind(method.created_at)
        .execute(self.database.pool())
        .await;
        failpoint::hit("payment_methods.insert.after");
        inserted
            .map(drop)
            .map_err(|error| PortError::new(StoreError::from(error)))
    }

    #[tracing::instrument(name = "db.payment_methods.find", skip_all)]
    async fn find(&self, token: &str) -> Result<Option<PaymentMethod>, PortError> {
        let found = sqlx::query(
            "SELECT token, customer_id, provider_token, brand, last4, fingerprint, created_at
             FROM payment_methods WHERE token = $1",
        )
        .bind(token)
        .fetch_optional(self.database.pool())
        .await
        .map_err(|error| PortError::new(StoreError::from(error)))?;
        found.as_ref().map(method).transpose().map_err(PortError::new)
    }
}

fn method(row: &PgRow) -> Result<PaymentMethod, StoreError> {
    Ok(PaymentMethod {
        token: row.try_get("token")?,
        customer_id: UserId::new(row.try_get("customer_id")?),
        provider_token: row.try_get("provider_token")?,
        card: Card {
            brand: row.try_get("brand")?,
            last4: row.try_get("last4")?,
        },
        fingerprint: row.try_get("fingerprint")?,
        created_at: row.try_get("created_at")?,
    })
}
