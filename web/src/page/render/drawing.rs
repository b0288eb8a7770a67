//! The maps themselves: what was asked of the viewer beside what the state wants. Only what differs costs anything.
//!
//! Drawing takes time; the viewer is asked at once, so that it never draws maps of another result than the page tells of.

use crate::app::App;
use crate::dom::{reason_of, select_all};
use crate::state::State;
use crate::viewer::{Viewer, drawing};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared, ready};
use js_sys::{Array, Promise, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::language::*;
use web::share::{Choice, Mode, View};
use web::told::Sentence;
use web_sys::HtmlElement;

/// What the viewer was asked for.
#[derive(Default)]
pub struct Drawing {
    asked: RefCell<Option<Asked>>,
    /// All that is being drawn.
    work: RefCell<Option<Shared<LocalBoxFuture<'static, ()>>>>,
}

#[derive(Clone, Copy, PartialEq)]
struct Asked {
    /// The case whose maps they are, and whether they are those of shuffled weights; and the case beside it.
    maps: Option<(u32, bool)>,
    beside: Option<u32>,
    view: View,
    place: Option<[f64; 3]>,
    outlined: Option<u16>,
    is_narrow: bool,
    is_body_closed: bool,
    times_forgotten: u32,
}

impl Asked {
    fn of(state: &State) -> Self {
        Asked {
            maps: state.shown.as_ref().map(|shown| (shown.case.id, state.is_shuffled())),
            beside: state.beside().map(|kept| kept.case.id),
            view: state.view,
            place: state.place,
            outlined: state.outlined,
            is_narrow: state.is_narrow,
            is_body_closed: state.is_body_closed,
            times_forgotten: state.times_forgotten,
        }
    }
}

impl Drawing {
    /// Resolves when all that was asked for is drawn, or cannot be.
    pub fn finished(&self) -> LocalBoxFuture<'static, ()> {
        match &*self.work.borrow() {
            Some(work) => work.clone().boxed_local(),
            None => ready(()).boxed_local(),
        }
    }

    /// Asks the viewer for what the state wants and it was not asked for yet. The document is as the state has it already.
    pub fn follow(&self, app: &App) {
        let Some(viewer) = drawing().filter(|_| app.with(|state| state.is_drawing)) else { return };
        let wanted = app.with(Asked::of);
        let before = self.asked.replace(Some(wanted));
        let changed = |differs: &dyn Fn(&Asked) -> bool| before.as_ref().is_none_or(differs);
        if !changed(&|before| *before != wanted) {
            return;
        }
        let view = wanted.view;
        let has_forgotten = before.is_some_and(|before| before.times_forgotten != wanted.times_forgotten);
        if has_forgotten {
            viewer.forget();
        }
        if changed(&|before| before.view.radiological != view.radiological) {
            viewer.set_radiological(view.radiological);
        }
        if changed(&|before| before.is_narrow != wanted.is_narrow) {
            viewer.set_axial_only(wanted.is_narrow);
        }
        if changed(&|before| before.is_body_closed != wanted.is_body_closed) {
            viewer.set_volume_clip(!wanted.is_body_closed);
        }
        if changed(&|before| before.view.white != view.white) {
            self.watch(app, viewer.set_window(0.0, view.white), undrawn);
        }
        if changed(&|before| before.view.opacity != view.opacity) {
            viewer.set_opacity(view.opacity);
        }
        if changed(&|before| before.view.anatomy != view.anatomy) {
            self.watch(app, viewer.set_anatomy(view.anatomy), undrawn);
        }
        let has_other_maps =
            has_forgotten || changed(&|before| (before.maps, before.beside) != (wanted.maps, wanted.beside));
        let has_other_threshold = changed(&|before| before.view.threshold != view.threshold);
        if has_other_maps {
            self.show(app, &viewer, view.threshold);
        } else if has_other_threshold {
            self.watch(app, viewer.set_threshold(view.threshold), undrawn);
        }
        if has_other_maps || has_other_threshold {
            colour_bars(&viewer);
        }
        if changed(&|before| (before.view.blend, before.view.wipe) != (view.blend, view.wipe)) {
            match view.wipe {
                Some(share) => viewer.set_wipe(share),
                None => viewer.set_blend(view.blend),
            }
        }
        if changed(&|before| before.view.mode != view.mode) {
            self.watch(app, viewer.set_mode(view.mode.word()), without_mode);
        }
        if let Some([x, y, z]) = wanted.place
            && (has_other_maps || changed(&|before| before.place != wanted.place))
            && (has_other_maps || app.with(|state| state.place_in_viewer != wanted.place))
        {
            viewer.move_to(x, y, z);
        }
        if changed(&|before| before.outlined != wanted.outlined) {
            self.watch(app, viewer.set_outline(&app.with(outline)), undrawn);
        }
    }

    fn show(&self, app: &App, viewer: &Viewer, threshold: f64) {
        if let Some((files, limit)) = app.with(files) {
            self.watch(app, viewer.show(&files, limit, threshold), undrawn);
        }
    }

    /// Adds to the work that is under way; `failed` takes why it cannot be done.
    fn watch(&self, app: &App, begun: Result<Promise, JsValue>, failed: fn(&mut State, Sentence)) {
        let (app, before) = (app.clone(), self.work.take());
        let outcome = async {
            match begun {
                Ok(promise) => JsFuture::from(promise).await.map(drop),
                Err(error) => Err(error),
            }
        };
        let work = async move {
            if let Err(error) = outcome.await {
                app.update(|state| failed(state, reason_of(&error)));
            }
            if let Some(before) = before {
                before.await;
            }
        };
        let work = work.boxed_local().shared();
        self.work.replace(Some(work.clone()));
        spawn_local(work);
    }
}

fn undrawn(state: &mut State, reason: Sentence) {
    state.fail(Message::because(ERROR_DRAWING, reason));
}

/// A mode that cannot be drawn is left again.
fn without_mode(state: &mut State, reason: Sentence) {
    state.fail(Message::because(ERROR_VOLUME, reason));
    state.view.mode = Mode::Side;
}

/// The maps as files, in the order of the panels, and the end of the difference's colours.
fn files(state: &State) -> Option<(Array, f32)> {
    let shown = state.shown.as_ref()?;
    let shuffled = state.checked.as_ref().filter(|checked| checked.is_shown);
    let maps = shuffled.and_then(|checked| checked.shuffled.as_ref()).unwrap_or(&shown.maps);
    let files: Array = maps.to_nifti().iter().map(|file| Uint8Array::from(file.as_slice())).collect();
    let truth = shown.maps.truth_to_nifti();
    files.push(&truth.map_or(JsValue::UNDEFINED, |file| Uint8Array::from(file.as_slice()).into()));
    if let Some(kept) = state.beside() {
        let [original, _, difference, _] = kept.maps.to_nifti().map(|file| Uint8Array::from(file.as_slice()));
        files.push(&original);
        files.push(&difference);
    }
    Some((files, shown.limit.0))
}

/// The region whose rim is drawn over all maps, as a mask.
fn outline(state: &State) -> JsValue {
    let mask = state.outlined.and_then(|label| state.region(label, |maps, voxels| maps.mask_to_nifti(voxels)));
    mask.map_or(JsValue::NULL, |mask| Uint8Array::from(mask.as_slice()).into())
}

/// Colours the bars below the maps as the maps are.
fn colour_bars(viewer: &Viewer) {
    for ramp in select_all::<HtmlElement>(".ramp").unwrap_or_default() {
        if let Some(scale) = ramp.get_attribute("data-scale") {
            // Without its colours a bar still has its numbers.
            let _ = ramp.style().set_property("background", &viewer.gradient(&scale));
        }
    }
}
