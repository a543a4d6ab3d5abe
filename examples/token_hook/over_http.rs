//! Calls of hooks over HTTP, within the limits that a [`TokenHook`] keeps: 3 seconds in all, no redirect, no
//! more of the answer than counts, no private address that nobody meant.
//!
//! Without TLS, which every https stack adds at `connect`: verified, with no way to turn that off.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use chancery::Fault;
use chancery::host::{HookRequest, HookResponse, TokenHook};
use chancery::model::InlineHook;
use chancery::types::is_public_address;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Sends requests to hooks.
#[derive(Clone, Copy)]
pub(crate) struct OverHttp {
    /// How long one call may take, from the name's address to the answer's last byte.
    pub(crate) deadline: Duration,
}

impl TokenHook for OverHttp {
    async fn call(&self, hook: &InlineHook, request: HookRequest) -> Result<HookResponse, Fault> {
        let private = hook.may_be_private();
        tokio::time::timeout(self.deadline, exchange(request, private)).await.map_err(Fault::unavailable)?
    }
}

async fn exchange(request: HookRequest, private: bool) -> Result<HookResponse, Fault> {
    let uri: hyper::Uri = request.url().parse().map_err(Fault::internal)?;
    let host = uri.host().unwrap_or_default();
    if uri.scheme_str() != Some("http") {
        return Err(Fault::internal("this example speaks no TLS"));
    }
    let stream = connect(host, uri.port_u16().unwrap_or(80), private).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(Fault::unavailable)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let authority = uri.authority().map_or(host, |authority| authority.as_str());
    let mut message = hyper::Request::post(target).header("Host", authority);
    for (name, value) in request.headers() {
        message = message.header(name, value.expose());
    }
    let message = message.body(request.body().to_owned()).map_err(Fault::internal)?;
    let answer = async {
        let response = sender.send_request(message).await.map_err(Fault::unavailable)?;
        // Whatever the status: a redirect is not followed, and the issuer counts it as a failure.
        Ok(HookResponse::new(response.status().as_u16(), read(response.into_body()).await?))
    };
    // The connection moves only while it is polled. When the hook closes it, the answer is what there is.
    let moving = async {
        let _ = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        answer = answer => answer,
        never = moving => never,
    }
}

/// Connects to the first address of the host. What the configuration checked is the name alone: whoever
/// owns the name decides where it leads.
pub(crate) async fn connect(host: &str, port: u16, private: bool) -> Result<TcpStream, Fault> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = tokio::net::lookup_host((host, port)).await.map_err(Fault::unavailable)?;
    let mut allowed = addresses.filter(|address| private || is_public_address(address.ip()));
    let address =
        allowed.next().ok_or_else(|| Fault::unavailable("the hook's name leads to no public address"))?;
    TcpStream::connect(address).await.map_err(Fault::unavailable)
}

/// Reads one byte more than counts at most, so that the issuer sees that there was more.
async fn read(mut body: Incoming) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(Fault::unavailable)?.into_data() else { continue };
        let room = (HookRequest::MAX_ANSWER + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(data.get(..data.len().min(room)).unwrap_or_default());
        if bytes.len() > HookRequest::MAX_ANSWER {
            break;
        }
    }
    Ok(bytes)
}
