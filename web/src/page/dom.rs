//! Short words for the document: finding elements, writing text, listening.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web::told::Sentence;
use web::told::thrown::Thrown;
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Window};

/// The window; the program is only ever started in one.
pub fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or_else(|| thrown(&Thrown::NoWindow))
}

pub fn document() -> Result<Document, JsValue> {
    window()?.document().ok_or_else(|| thrown(&Thrown::NoDocument))
}

/// Absolute address of the folder in which the page lies, ending in `/`.
pub fn site_folder() -> String {
    let base = document().and_then(|document| document.base_uri()).ok().flatten().unwrap_or_default();
    // What follows the path may hold slashes of its own.
    let base = base.split(['?', '#']).next().unwrap_or_default();
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/")
}

/// The element of this id as the type asked for.
pub fn by_id<T: JsCast>(id: &str) -> Result<T, JsValue> {
    cast(document()?.get_element_by_id(id), id)
}

/// The first element for a CSS selector.
pub fn select<T: JsCast>(selector: &str) -> Result<T, JsValue> {
    cast(document()?.query_selector(selector)?, selector)
}

/// All elements for a CSS selector.
pub fn select_all<T: JsCast>(selector: &str) -> Result<Vec<T>, JsValue> {
    let list = document()?.query_selector_all(selector)?;
    Ok((0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect())
}

fn cast<T: JsCast>(element: Option<Element>, name: &str) -> Result<T, JsValue> {
    let missing = || thrown(&Thrown::NoElement { detail: name.to_owned() });
    element.ok_or_else(missing)?.dyn_into().map_err(|_| missing())
}

/// Calls `handler` for every event of this kind, for as long as the page lives.
pub fn listen<E>(target: &EventTarget, kind: &str, handler: impl FnMut(E) + 'static) -> Result<(), JsValue>
where
    E: wasm_bindgen::convert::FromWasmAbi + wasm_bindgen::describe::WasmDescribe + 'static,
{
    let closure = Closure::<dyn FnMut(E)>::new(handler);
    target.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref())?;
    // One for each control of the page, never more.
    closure.forget();
    Ok(())
}

/// The same for the element of this id.
pub fn listen_to<E>(id: &str, kind: &str, handler: impl FnMut(E) + 'static) -> Result<(), JsValue>
where
    E: wasm_bindgen::convert::FromWasmAbi + wasm_bindgen::describe::WasmDescribe + 'static,
{
    let target: HtmlElement = by_id(id)?;
    listen(&target, kind, handler)
}

/// The element for a selector in which an event happened.
pub fn target_within(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}

/// Calls `action` once, later.
pub fn after_ms(delay_ms: i32, action: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(action);
    if let Ok(window) = window() {
        // Without a timer the action is left out: it only ever hurries something along.
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), delay_ms);
    }
}

/// Lets the browser do what waits: draw, and hear the visitor.
pub async fn pause() -> Result<(), JsValue> {
    wait_ms(0).await
}

/// Lets time go by.
pub async fn wait_ms(delay_ms: i32) -> Result<(), JsValue> {
    let window = window()?;
    let mut begun = Ok(0);
    let over = js_sys::Promise::new(&mut |resolve, _| {
        begun = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, delay_ms);
    });
    begun?;
    JsFuture::from(over).await.map(drop)
}

/// Puts text on the clipboard. Browsers offer their interface for it on secure pages only; on plain HTTP the old way, a field
/// whose selection is copied, still works.
pub async fn copy_text(text: &str) -> Result<(), JsValue> {
    let navigator = window()?.navigator();
    let is_offered = js_sys::Reflect::get(&navigator, &"clipboard".into())?.is_object();
    if is_offered && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok() {
        return Ok(());
    }
    let document = document()?;
    let field: HtmlElement = document.create_element("textarea")?.dyn_into()?;
    field.set_text_content(Some(text));
    // In a dialog, all else takes no selection.
    let place = document.query_selector("dialog[open]")?.or(document.body().map(Into::into));
    place.ok_or_else(|| thrown(&Thrown::NoElement { detail: "body".to_owned() }))?.append_child(&field)?;
    let focused = document.active_element();
    call(&field, "select", &[])?;
    let copied = call(&document, "execCommand", &["copy".into()]);
    field.remove();
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Where it was is a matter of comfort.
        let _ = focused.focus();
    }
    match copied?.is_truthy() {
        true => Ok(()),
        false => Err("the browser refuses".into()),
    }
}

/// Brings an element into sight where it is not: gently, unless the visitor wants little to move.
pub fn bring_into_sight(element: &Element) -> Result<(), JsValue> {
    let wish = call(window()?.as_ref(), "matchMedia", &["(prefers-reduced-motion: reduce)".into()])?;
    let is_still = js_sys::Reflect::get(&wish, &"matches".into())?.is_truthy();
    let options = js_sys::Object::new();
    for (name, value) in [("block", "nearest"), ("behavior", if is_still { "instant" } else { "smooth" })] {
        js_sys::Reflect::set(&options, &name.into(), &value.into())?;
    }
    call(element, "scrollIntoView", &[options.into()]).map(drop)
}

/// Gives an element the keyboard, without a jump.
pub fn focus_in_place(element: &Element) -> Result<(), JsValue> {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"preventScroll".into(), &true.into())?;
    call(element, "focus", &[options.into()]).map(drop)
}

/// Calls a method that `web_sys` has no name for here.
fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: js_sys::Function = js_sys::Reflect::get(object, &method.into())?.dyn_into()?;
    method.apply(object, &arguments.iter().collect::<js_sys::Array>())
}

/// An error of ours as JavaScript throws it.
pub fn thrown(fault: &Thrown) -> JsValue {
    let error = js_sys::Error::new(&fault.to_string());
    for (name, value) in [("code", fault.code()), ("detail", fault.detail().to_owned())] {
        // A new object takes them.
        let _ = js_sys::Reflect::set(&error, &name.into(), &value.into());
    }
    error.into()
}

/// What a JavaScript error says: ours and the viewer's by their code, others in their own words.
pub fn reason_of(error: &JsValue) -> Sentence {
    let text = |name: &str| js_sys::Reflect::get(error, &name.into()).ok().and_then(|text| text.as_string());
    let message = || text("message").or_else(|| error.as_string()).unwrap_or_else(|| format!("{error:?}"));
    Thrown::of(text("code").as_deref(), text("detail").unwrap_or_else(message)).into()
}
