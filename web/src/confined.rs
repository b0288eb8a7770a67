//! Whether the browser keeps a scope from talking to other sites: the page's security policy, seen from inside the page and
//! from inside its worker.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Forbidden by a policy that lets a scope fetch from its own site only, and asks nobody.
const PROBE: &str = "data:,";
/// What the browser tells of it.
const PROBE_SCHEME: &str = "data";

#[wasm_bindgen]
extern "C" {
    // Page and worker have these of their own.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn fetch(url: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_name = addEventListener)]
    fn add_event_listener(kind: &str, handler: &Function);

    type PerformanceObserver;
    #[wasm_bindgen(constructor, catch)]
    fn new(handler: &Function) -> Result<PerformanceObserver, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn observe(this: &PerformanceObserver, options: &JsValue) -> Result<(), JsValue>;

    type EntryList;
    #[wasm_bindgen(method, js_name = getEntries)]
    fn get_entries(this: &EntryList) -> Array;
}

/// Whether the policy holds here: tried, not assumed.
pub async fn is_confined() -> bool {
    match fetch(PROBE) {
        Ok(promise) => JsFuture::from(promise).await.is_err(),
        Err(_) => true,
    }
}

/// Hears, as long as the scope lives, the address of everything that the policy refused.
pub fn on_refused(mut handler: impl FnMut(String) + 'static) {
    let closure = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        let blocked = text(&event, "blockedURI");
        if blocked != PROBE_SCHEME && blocked != PROBE {
            handler(blocked);
        }
    });
    add_event_listener("securitypolicyviolation", closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Hears the address of everything that this scope asked for, from its start on.
pub fn on_asked(mut handler: impl FnMut(String) + 'static) -> Result<(), JsValue> {
    let closure = Closure::<dyn FnMut(EntryList)>::new(move |list: EntryList| {
        for entry in list.get_entries().iter() {
            handler(text(&entry, "name"));
        }
    });
    let observer = PerformanceObserver::new(closure.as_ref().unchecked_ref())?;
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &"resource".into())?;
    Reflect::set(&options, &"buffered".into(), &true.into())?;
    observer.observe(&options)?;
    closure.forget();
    Ok(())
}

fn text(object: &JsValue, name: &str) -> String {
    Reflect::get(object, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}
