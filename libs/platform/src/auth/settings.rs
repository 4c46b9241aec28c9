crate::settings! {
    /// What access tokens of this installation say of themselves: who signs them and who takes them agree on it.
    pub struct AccessTokenSettings {
        /// Who issues access tokens.
        pub issuer: String = "TOKEN_ISSUER", default "counterfoil";
        /// Whom access tokens are for.
        pub audience: String = "TOKEN_AUDIENCE", default "counterfoil";
    }
}
