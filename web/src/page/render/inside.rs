//! The opened classifier: the slice, the filters with their maps, the cells, and the sum.

use super::depends::on_inside;
use crate::node::Node;
use crate::state::State;
use crate::wanted::{Picture, Wanted};
use js_sys::Uint8ClampedArray;
use web::glance::PLANES;
use web::inside::{Pixels, cell, cells_picture, ends, kernel_picture, map_picture, parts, slice_picture, sum};
use web::wording::number;

pub fn render(state: &State, wanted: &mut Wanted) {
    let seen = state.seen_inside().zip(state.board());
    wanted.hidden("#inside-steps", seen.is_none());
    wanted.hidden("#inside-run", seen.is_some());
    let Some(((inside, shown), board)) = seen else {
        // Nothing of an image that is gone stays in what is hidden.
        for place in ["#inside-filters", "#inside-cells"] {
            wanted.children(place, []);
        }
        for place in ["#inside-image", "#inside-picture"] {
            wanted.picture(place, Picture::blank());
        }
        return;
    };
    let (language, found, covered) = (state.language, &inside.found, &inside.covered);
    let (slice, shape) = (state.slice(), shown.maps.shape());
    let (image, slices) = (shown.maps.original(), shape[2]);

    wanted.attribute("#inside-slice", "max", (slices - 1).to_string());
    wanted.value("#inside-slice", slice as f64);
    let (bottom_mm, _, step_mm) = shown.maps.extent_mm()[2];
    let height = format!("z = {} mm", number(bottom_mm + slice as f64 * step_mm, 0));
    wanted.attribute("#inside-slice", "aria-valuetext", height.clone());
    wanted.text("#inside-z", height);
    wanted.class("#inside-steps", "mirrored", state.view.radiological);
    let [left, right, ..] = PLANES[0].letters(state.view.radiological);
    wanted.text("#inside-left", left);
    wanted.text("#inside-right", right);

    // Canvases are built anew only with another case: their pictures have other numbers then.
    let filter = |index: usize| {
        Node::new("li")
            .with("data-case", inside.case.id.to_string())
            .child(Node::new("canvas").with("id", format!("inside-kernel-{index}")))
            .child(Node::new("canvas").with("id", format!("inside-map-{index}")))
            .child(Node::new("span").with("id", format!("inside-part-{index}")))
    };
    wanted.children("#inside-filters", (0..found.layout.filters).map(filter));
    let mut number_of_picture = on_inside(state) as u32 | 1;
    let mut draw = |place: String, (size, pixels): Pixels| {
        number_of_picture = number_of_picture.wrapping_add(2);
        let pixels = Uint8ClampedArray::from(pixels.as_slice());
        wanted.picture(place, Picture { key: number_of_picture, size: size.map(|side| side as u32), pixels });
    };
    draw("#inside-image".into(), slice_picture(image, shape, slice));
    draw("#inside-picture".into(), cells_picture(found, covered, (image, shape), slice));
    for index in 0..found.layout.filters {
        draw(format!("#inside-kernel-{index}"), kernel_picture(found, index));
        draw(format!("#inside-map-{index}"), map_picture(found, index, slice, slices));
    }

    let chosen = inside.chosen.unwrap_or_else(|| board.strongest(found));
    let button = |[column, row]: [usize; 2]| {
        Node::new("button").with("type", "button").with("data-cell", format!("{column},{row}"))
    };
    wanted.style("#inside-cells", "grid-template-columns", format!("repeat({}, 1fr)", board.columns));
    wanted.children("#inside-cells", board.places().map(button));
    for place in board.places() {
        let [column, row] = place;
        let button = format!("#inside-cells [data-cell='{column},{row}']");
        wanted.attribute(button.clone(), "aria-label", cell(language, found, board, place));
        wanted.switch(button.clone(), "aria-pressed", covered.get(board.cell(place)) == Some(&true));
        wanted.attribute(button, "tabindex", if place == chosen { "0" } else { "-1" });
    }
    let words = parts(found, board.cell(chosen));
    for index in 0..found.layout.filters {
        let part = words.get(index).filter(|_| !found.layout.is_deep).cloned();
        wanted.text(format!("#inside-part-{index}"), part.unwrap_or_default());
    }
    wanted.text("#inside-cell", cell(language, found, board, chosen));
    wanted.hidden("#inside-deep", !found.layout.is_deep);
    let [younger, older] = ends(language, found);
    wanted.text("#inside-younger", younger);
    wanted.text("#inside-older", older);
    wanted.text("#inside-sum", sum(language, found, covered));
    wanted.hidden("#inside-mean", !shown.answer.is_mean);
    wanted.disabled("#inside-uncover", !covered.contains(&true));
}
