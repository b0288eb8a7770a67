//! Giving way: a computation on the processor lets the worker's other tasks run in between, so that a cancellation is
//! heard in the middle of it.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

/// A way to the end of the worker's own queue, behind the messages that wait there. A timer would come back later than
/// needed: browsers hold nested timers for 4 ms.
pub struct Turn(Option<MessageChannel>);

impl Turn {
    pub fn new() -> Self {
        // Without a channel nobody gets a turn; the page ends a worker that does not hear it.
        Turn(MessageChannel::new().ok())
    }

    /// Comes back when all tasks that wait now have run.
    pub async fn give(&self) {
        let Some(channel) = &self.0 else { return };
        let promise = Promise::new(&mut |resolve, _| {
            channel.port1().set_onmessage(Some(&resolve));
            if channel.port2().post_message(&JsValue::NULL).is_err() {
                // Nothing will come; the wait is over at once.
                let _ = resolve.call0(&JsValue::NULL);
            }
        });
        // It cannot be refused.
        let _ = JsFuture::from(promise).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(channel) = &self.0 {
            channel.port1().close();
        }
    }
}
