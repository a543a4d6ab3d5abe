//! The nouns that an Okta administrator sees, as checked data.
