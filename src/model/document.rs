//! The org file as it was written: nothing is lost, and nothing is checked but its form as JSON.

mod secrets;

use serde_json::Value;

use super::check::{ConfigErrors, Findings};
use super::org::Org;
use super::{compile, okta};
use crate::types::{JsonError, Secret, parse_strict};

/// Okta's management JSON of one organisation, hung in one tree.
///
/// Writing a document back yields what was read, unknown members and nulls included.
///
/// ```
/// use chancery::model::Document;
///
/// let document = Document::parse(r#"{ "baseUrl": "https://dev-1.okta.com",
///     "authorizationServers": [ { "name": "default", "somethingNew": null } ] }"#)?;
/// assert_eq!(Document::parse(document.to_string_pretty())?, document);
/// let org = document.compile()?;
/// assert!(org.server("default").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Document {
    json: Value,
}

/// Text that is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Not strict JSON: malformed, a member named twice, text behind the end, a byte order mark.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// JSON of another type.
    #[error("the file holds {found}, expected an object at line 1, column 1")]
    NotAnObject {
        /// What was found.
        found: &'static str,
    },
}

/// How a document is compiled.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    base_url: Option<String>,
    outside_directory: bool,
}

impl CompileOptions {
    /// As the document says.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the organisation under another base URL than the file's `baseUrl`.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// As [`OrgBuilder::with_outside_directory`](super::OrgBuilder::with_outside_directory).
    #[must_use]
    pub fn with_outside_directory(mut self) -> Self {
        self.outside_directory = true;
        self
    }
}

impl Document {
    /// Reads a document, or any single resource: a JSON object.
    ///
    /// # Errors
    /// [`DocumentError`], with line and column.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, DocumentError> {
        Self::from_json(parse_strict(text.as_ref())?)
    }

    /// Takes JSON that was read elsewhere, where a member that is named twice may have been lost.
    ///
    /// # Errors
    /// [`DocumentError::NotAnObject`].
    pub fn from_json(json: Value) -> Result<Self, DocumentError> {
        let found = match json {
            Value::Object(_) => return Ok(Self { json }),
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
        };
        Err(DocumentError::NotAnObject { found })
    }

    /// The JSON.
    pub fn as_json(&self) -> &Value {
        &self.json
    }

    /// The JSON as indented text.
    pub fn to_string_pretty(&self) -> String {
        // Writing a value to memory does not fail: its keys are texts.
        serde_json::to_string_pretty(&self.json).unwrap_or_default()
    }

    /// The document without what gives access: client secrets, passwords and answers to recovery
    /// questions, the keys that hooks are called with, private members of keys.
    ///
    /// What is left compiles to the same organisation, in which nobody can authenticate by secret.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut json = self.json.clone();
        secrets::drop_from(&mut json);
        Self { json }
    }

    /// The passwords of the users that have one, by login, for a host that signs users in itself.
    /// Compiling does not read them.
    pub fn passwords(&self) -> Vec<(String, Secret)> {
        let users = self.json.get("users").and_then(Value::as_array);
        let password = |user: &Value| {
            let login = user.pointer("/profile/login")?.as_str()?;
            let password = user.pointer("/credentials/password/value")?.as_str()?;
            Some((login.to_owned(), Secret::new(password)))
        };
        users.into_iter().flatten().filter_map(password).collect()
    }

    /// Checks and compiles the organisation.
    ///
    /// # Errors
    /// [`ConfigErrors`]: every mistake at once, each with its path.
    pub fn compile(&self) -> Result<Org, ConfigErrors> {
        self.compile_with(&CompileOptions::new())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As [`Document::compile`].
    pub fn compile_with(&self, options: &CompileOptions) -> Result<Org, ConfigErrors> {
        let mut out = Findings::default();
        let mut declared = okta::read_org(&self.json, &mut out);
        if let Some(base) = &options.base_url {
            declared.base = Some(base.clone());
        }
        declared.outside_directory |= options.outside_directory;
        compile::organisation(declared, out)
    }
}

/// Says nothing of the content, which may hold secrets.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Document(…)")
    }
}
