//! An expression's context as JSON, and rows of cases: what `oel batch` and the tests run.

use chancery::expr::{App, Compiler, Dialect, Error, Flow, Group, Inputs, Schema, Session, Usage, User};
use serde_json::{Map, Value as Json, json};

/// Answers a row of cases: `{"id", "expr", "context", "dialect"}`, other members are ignored.
pub(crate) fn row(line: &[u8]) -> Json {
    let bad = |id: Json, message: String| json!({"id": id, "error": {"kind": "bad_case", "message": message, "span": [0, 0]}});
    let row: Json = match serde_json::from_slice(line) {
        Ok(row) => row,
        Err(error) => return bad(Json::Null, error.to_string()),
    };
    let id = row.get("id").cloned().unwrap_or(Json::Null);
    let Some(expression) = row.get("expr").and_then(Json::as_str) else {
        return bad(id, "`expr` is not a text".to_owned());
    };
    let none = Map::new();
    let context = match row.get("context") {
        None | Some(Json::Null) => &none,
        Some(Json::Object(context)) => context,
        Some(_) => return bad(id, "`context` is not an object".to_owned()),
    };
    let dialect = row.get("dialect").filter(|dialect| !dialect.is_null());
    let answer = Case::new(context).and_then(|case| {
        let dialect = dialect.map(|dialect| dialect.as_str().ok_or("`dialect` is not a text")).transpose()?;
        let compiler = case.compiler(dialect)?;
        Ok(run(&compiler, expression, &case.inputs()))
    });
    match answer {
        Ok(Ok(value)) => json!({"id": id, "value": value}),
        Ok(Err(error)) => {
            let span = error.span();
            let (kind, message) = (error.kind().as_str(), error.message());
            json!({"id": id, "error": {"kind": kind, "message": message, "span": [span.start, span.end]}})
        }
        Err(message) => bad(id, message),
    }
}

fn run(compiler: &Compiler, expression: &str, inputs: &Inputs<'_>) -> Result<Json, Error> {
    let program = compiler.compile(expression)?;
    Ok(program.evaluate(inputs)?.to_tagged_json())
}

/// A context, and what of it the inputs cannot borrow as it is.
pub(crate) struct Case<'c> {
    context: &'c Map<String, Json>,
    groups: Vec<Group>,
    scopes: Option<Vec<&'c str>>,
    amr: Option<Vec<&'c str>>,
    now: Option<i64>,
}

impl<'c> Case<'c> {
    /// Reads what a context holds; a message if a part of it is not what it should be.
    pub(crate) fn new(context: &'c Map<String, Json>) -> Result<Case<'c>, String> {
        let groups = match context.get("groups") {
            None => Vec::new(),
            Some(Json::Array(groups)) => groups
                .iter()
                .map(|group| Group::from_json(group).ok_or_else(|| format!("not a group: {group}")))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err("`groups` is not a list".to_owned()),
        };
        let now =
            context.get("now").map(|now| unix_milliseconds(now).ok_or("`now` is not a time")).transpose()?;
        let scopes = texts(context.get("access").and_then(|access| access.get("scope")))?;
        let amr = texts(context.get("session").and_then(|session| session.get("amr")))?;
        Ok(Case { context, groups, scopes, amr, now })
    }

    /// A compiler for the usage, schema and variables of the context.
    pub(crate) fn compiler(&self, dialect: Option<&str>) -> Result<Compiler, String> {
        let mut compiler = Compiler::new();
        if let Some(dialect) = dialect {
            compiler = compiler
                .dialect(Dialect::parse(dialect).ok_or_else(|| format!("unknown dialect `{dialect}`"))?);
        }
        if let Some(usage) = self.context.get("usage").and_then(Json::as_str) {
            compiler = compiler.usage(Usage::parse(usage).ok_or_else(|| format!("unknown usage `{usage}`"))?);
        }
        if let Some(Json::Array(names)) = self.context.get("userSchema") {
            compiler = compiler.schema(&names.iter().filter_map(Json::as_str).collect::<Schema>());
        }
        if let Some(Json::Object(variables)) = self.context.get("vars") {
            compiler = compiler.variables(variables.keys());
        }
        Ok(compiler)
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        let object = |name: &str| self.context.get(name).and_then(Json::as_object);
        let list =
            |name: &str| self.context.get(name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let mut inputs = Inputs::default().with_groups(&self.groups).with_flow(self.flow());
        if let Some(user) = object("user") {
            inputs = inputs.with_user(user_of(user));
        }
        if let Some(Json::Null) = self.context.get("user") {
            inputs = inputs.without_user();
        }
        match self.context.get("appuser") {
            Some(Json::Object(profile)) => inputs = inputs.with_app_user(profile),
            Some(Json::Null) => inputs = inputs.without_app_user(),
            _ => {}
        }
        if let Some(app) = object("app") {
            inputs = inputs.with_app(app_of(app));
        }
        let session_id = object("session").and_then(|session| session.get("id")).and_then(Json::as_str);
        let mut session = session_id.map_or(Session::default(), |id| Session::default().with_id(id));
        if let Some(amr) = &self.amr {
            session = session.with_amr(amr);
        }
        inputs = inputs.with_session(session).with_directory_users(list("directoryUsers"));
        inputs = inputs.with_workday_users(list("workdayUsers"));
        if let Some(scopes) = &self.scopes {
            inputs = inputs.with_scopes(scopes);
        }
        if let Some(variables) = object("vars") {
            inputs = inputs.with_variables(variables);
        }
        if let Some(claims) = object("tokenClaims") {
            inputs = inputs.with_token_claims(claims);
        }
        if let Some(now) = self.now {
            inputs = inputs.with_now(now);
        }
        for (name, value) in self.context {
            inputs = match name.as_str() {
                "org" => inputs.with_org(value),
                "idpuser" => inputs.with_idp_user(value),
                "source" => inputs.with_source(value),
                "device" => inputs.with_device(value),
                "security" => inputs.with_security(value),
                "login" => inputs.with_login(value),
                "accessRequest" => inputs.with_access_request(value),
                "password" => inputs.with_password(value),
                "event" => inputs.with_event(value),
                "relations" => inputs.with_relations(value),
                _ => inputs,
            };
        }
        inputs
    }

    fn flow(&self) -> Flow {
        match self.context.get("flow").and_then(Json::as_str) {
            Some("implicit") => Flow::Implicit,
            Some("authorization_code") => Flow::AuthorizationCode,
            Some("client_credentials") => Flow::ClientCredentials,
            _ => Flow::Other,
        }
    }
}

fn user_of(user: &Map<String, Json>) -> User<'_> {
    let mut known = User::default();
    for (name, value) in user {
        known = match (name.as_str(), value) {
            ("profile", Json::Object(profile)) => known.with_profile(profile),
            ("id", Json::String(id)) => known.with_id(id),
            ("status", Json::String(status)) => known.with_status(status),
            ("created", Json::String(time)) => known.with_created(time),
            ("lastUpdated", Json::String(time)) => known.with_last_updated(time),
            ("passwordChanged", Json::String(time)) => known.with_password_changed(time),
            ("lastLogin", Json::String(time)) => known.with_last_login(time),
            ("realmId", Json::String(id)) => known.with_realm_id(id),
            _ => known,
        };
    }
    known
}

fn app_of(app: &Map<String, Json>) -> App<'_> {
    let mut known = App::default().with_settings(app);
    for (name, value) in app {
        known = match (name.as_str(), value) {
            ("id", Json::String(id)) => known.with_id(id),
            ("clientId", Json::String(id)) => known.with_client_id(id),
            ("profile", profile) => known.with_profile(profile),
            _ => known,
        };
    }
    known
}

fn texts(list: Option<&Json>) -> Result<Option<Vec<&str>>, String> {
    let Some(list) = list.and_then(Json::as_array) else { return Ok(None) };
    list.iter()
        .map(|text| text.as_str().ok_or_else(|| format!("not a text: {text}")))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// A time as RFC 3339 text or as Unix milliseconds.
fn unix_milliseconds(time: &Json) -> Option<i64> {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;
    match time {
        Json::String(text) => {
            let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
            i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
        }
        time => time.as_i64(),
    }
}
