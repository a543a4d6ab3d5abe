//! A host call against the clock, and against its own panics.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;

use crate::error::Fault;
use crate::host::erased::Boxed;

/// The call's result, or a fault if the sleep is over first.
pub(super) async fn race<T>(
    mut call: Boxed<'_, T>,
    mut sleep: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Result<T, Fault> {
    poll_fn(|context| {
        if let Poll::Ready(done) = call.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        sleep.as_mut().poll(context).map(|()| Err(Fault::unavailable("a host part took too long")))
    })
    .await
}

/// A panic in a host's part costs its own request only.
pub(super) async fn contain<T>(future: impl Future<Output = T> + Send) -> Result<T, Fault> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(Fault::internal("a part of the host panicked"))),
    })
    .await
}

/// The same for a call that does not wait.
pub(super) fn contain_call<T>(call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let panicked = || Fault::internal("a part of the host panicked");
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(panicked()))
}
