//! Okta expressions at the command line.
//!
//! ```text
//! oel eval EXPR [--context FILE.json] [--dialect classic|identity_engine|seed] [--usage claim|…] [--strict]
//! oel check EXPR [--usage claim|…] [--dialect …] [--strict]
//! oel batch < cases.jsonl > results.jsonl
//! oel functions
//! ```
//!
//! A context is an object with any of `user`, `groups`, `app`, `appuser`, `org`, `session`, `access`, `idpuser`,
//! `source`, `device`, `security`, `login`, `accessRequest`, `password`, `event`, `vars`, `now`, `relations`,
//! `directoryUsers`, `workdayUsers`, `tokenClaims`, `userSchema`, `usage` and `flow`.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use chancery::expr::{
    App, Compiler, Dialect, Error, Flow, Group, Inputs, Schema, Session, Usage, User, functions,
};
use serde_json::{Map, Value as Json, json};

fn main() -> ExitCode {
    let arguments: Vec<String> =
        match std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect() {
            Ok(arguments) => arguments,
            Err(wrong) => return usage(&format!("not UTF-8: {}", wrong.to_string_lossy())),
        };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["eval", expression, flags @ ..] => Flags::parse(flags).and_then(|flags| eval(expression, &flags)),
        ["check", expression, flags @ ..] => Flags::parse(flags).and_then(|flags| check(expression, &flags)),
        ["batch"] => batch(std::io::stdin().lock(), std::io::stdout().lock())
            .map_err(|error| Failure::Usage(error.to_string())),
        ["functions"] => {
            for function in functions() {
                println!("{}\n    {}", function.signature(), function.meaning());
                println!("    {} → {}", function.example(), function.example_result());
            }
            Ok(())
        }
        _ => Err(Failure::Usage("expected eval, check, batch or functions".to_owned())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Expression(message)) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
        Err(Failure::Usage(message)) => usage(&message),
    }
}

fn usage(message: &str) -> ExitCode {
    eprintln!("oel: {message}");
    eprintln!(
        "usage: oel eval EXPR [--context FILE.json] [--dialect classic|identity_engine|seed] [--usage USAGE] [--strict]"
    );
    eprintln!("       oel check EXPR [--usage USAGE] [--dialect DIALECT] [--strict]");
    eprintln!("       oel batch < cases.jsonl > results.jsonl");
    eprintln!("       oel functions");
    ExitCode::from(2)
}

enum Failure {
    /// The expression is wrong: exit status 1.
    Expression(String),
    /// The command line or a file is: exit status 2.
    Usage(String),
}

#[derive(Default)]
struct Flags {
    context: Map<String, Json>,
    dialect: Option<String>,
    strict: bool,
}

impl Flags {
    fn parse(arguments: &[&str]) -> Result<Flags, Failure> {
        let mut flags = Flags::default();
        let mut rest = arguments;
        loop {
            rest = match rest {
                [] => return Ok(flags),
                ["--strict", rest @ ..] => {
                    flags.strict = true;
                    rest
                }
                ["--context", file, rest @ ..] => {
                    flags.context.extend(read_context(file).map_err(Failure::Usage)?);
                    rest
                }
                ["--dialect", dialect, rest @ ..] => {
                    flags.dialect = Some((*dialect).to_owned());
                    rest
                }
                ["--usage", usage, rest @ ..] => {
                    flags.context.insert("usage".to_owned(), json!(usage));
                    rest
                }
                [other, ..] => return Err(Failure::Usage(format!("unknown or incomplete flag `{other}`"))),
            };
        }
    }
}

fn read_context(file: &str) -> Result<Map<String, Json>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))
}

fn eval(expression: &str, flags: &Flags) -> Result<(), Failure> {
    let case = Case::new(&flags.context).map_err(Failure::Usage)?;
    let compiler = case.compiler(flags.dialect.as_deref()).map_err(Failure::Usage)?.strict(flags.strict);
    let program = compiler.compile(expression).map_err(|errors| Failure::Expression(errors.to_string()))?;
    let value = program.evaluate(&case.inputs()).map_err(|error| Failure::Expression(error.to_string()))?;
    println!("{}", value.to_json());
    Ok(())
}

fn check(expression: &str, flags: &Flags) -> Result<(), Failure> {
    let case = Case::new(&flags.context).map_err(Failure::Usage)?;
    let compiler = case.compiler(flags.dialect.as_deref()).map_err(Failure::Usage)?.strict(flags.strict);
    let program = compiler.compile(expression).map_err(|errors| Failure::Expression(errors.to_string()))?;
    println!("{program}");
    Ok(())
}

/// Answers each row with a row, in order; a row that cannot be read gets an answer as well.
fn batch(mut input: impl BufRead, output: impl Write) -> std::io::Result<()> {
    let mut output = std::io::BufWriter::new(output);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.iter().all(u8::is_ascii_whitespace) {
            writeln!(output, "{}", row(&line))?;
        }
        line.clear();
    }
    output.flush()
}

fn row(line: &[u8]) -> Json {
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
struct Case<'c> {
    context: &'c Map<String, Json>,
    groups: Vec<Group>,
    scopes: Option<Vec<&'c str>>,
    amr: Option<Vec<&'c str>>,
    now: Option<i64>,
}

impl<'c> Case<'c> {
    fn new(context: &'c Map<String, Json>) -> Result<Case<'c>, String> {
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

    fn compiler(&self, dialect: Option<&str>) -> Result<Compiler, String> {
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

    fn inputs(&self) -> Inputs<'_> {
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
