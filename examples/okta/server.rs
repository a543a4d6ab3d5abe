//! HTTP: from the socket to a request, and the answer back to it.
//!
//! Connections are served one by one rather than with `axum::serve`, which puts no limit on how long
//! a client may take to send its request.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Extension, Request, State};
use axum::http::{Response, StatusCode};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use crate::site::{Site, bare};

/// How long a client may take for its request's head, and again for its body.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest head of a request, and the most that is read ahead of a body.
const BUFFER: usize = 32 * 1024;

/// Serves until `stop` is ready, then finishes the requests in hand.
pub(crate) async fn serve(listener: TcpListener, site: Site, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(BUFFER);
    let router = Router::new().fallback(answer).with_state(Arc::new(site));
    let in_hand = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(_) => {
                    // Mostly for want of file descriptors: other connections must end first.
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let service = TowerToHyperService::new(router.clone().layer(Extension(peer)));
        let connection = in_hand.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A connection that breaks concerns nobody but its client.
            let _ = connection.await;
        });
    }
    drop(listener);
    // A head, a body and an answer: no request in hand takes longer.
    let _ = timeout(3 * PATIENCE, in_hand.shutdown()).await;
}

async fn answer(
    State(site): State<Arc<Site>>,
    Extension(peer): Extension<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = match timeout(PATIENCE, read(body, site.body_limit())).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return bare(StatusCode::BAD_REQUEST),
        Err(_) => return bare(StatusCode::REQUEST_TIMEOUT),
    };
    // Without the port, which changes with every connection.
    site.answer(&head, &body, &peer.ip().to_canonical().to_string()).await
}

/// The body, or just enough to show that it is too large: the library then says so, and the rest is
/// never read.
async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>, axum::Error> {
    if body.size_hint().lower() > limit as u64 {
        // Announced as too large: nothing of it is read, and nobody is told to go on and send it.
        return Ok(vec![0; limit + 1]);
    }
    let mut read = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            read.extend_from_slice(&data);
        }
        if read.len() > limit {
            break;
        }
    }
    Ok(read)
}
