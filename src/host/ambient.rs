//! Time and randomness, which the rest of the crate takes as inputs.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use ring::rand::SecureRandom as _;

use crate::error::Fault;

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn unix_millis(&self) -> i64;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn unix_millis(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
        let now = std::time::SystemTime::now();
        // A clock before 1970 counts as 1970: tokens would be born expired.
        now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
    }
}

/// Where randomness comes from: token ids and, later, codes. Must be unpredictable outside tests.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer.
    ///
    /// # Errors
    /// [`Fault`] when there is no randomness; nothing is issued then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Fault>;
}

/// The operating system's random generator.
#[derive(Debug)]
pub struct SystemEntropy(ring::rand::SystemRandom);

impl Default for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Fault> {
        self.0.fill(buffer).map_err(|_| Fault::internal("the system has no randomness"))
    }
}

/// Bounds how long a host part may take. Without one, the host bounds its own calls.
///
/// With tokio: `Box::pin(tokio::time::sleep(span))`.
pub trait Timer: Send + Sync + 'static {
    /// A future that is ready after `span`.
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}
