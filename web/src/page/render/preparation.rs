//! The section about the preparation of a raw T1 image: picture, quality, and the maps to keep.

use crate::node::Node;
use crate::state::{Preparation, State};
use crate::wanted::{Picture, Wanted};
use web::language::{Language, PREPARATION_OUTSIDE};
use web::prepared::{self, MAPS};
use web::wording;

pub fn render(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let open = state.subject.as_ref().map(|subject| subject.key);
    let of_open = state.preparation.as_ref().filter(|preparation| Some(preparation.subject_key) == open);
    // Beside any other image it is hidden.
    wanted.hidden("#preparation", of_open.is_none());
    if state.preparation.is_none() {
        empty(wanted);
    }
    let Some(preparation) = of_open else { return };
    let Preparation { name, found, .. } = preparation;
    wanted.switch("#preparation", "data-passed", found.quality.passed);
    // Without a result of its own a failed one stands where its message is; else the result comes first.
    wanted.before("#preparation", if found.quality.passed { "#findings" } else { "#verdict" });
    wanted.text("#preparation-title", prepared::heading(language, &found.quality));
    let detail = prepared::detail(language, name, found.seconds, found.quality.score);
    wanted.text("#preparation-detail", language.join(&[prepared::found(language, found.image), detail]));
    let remarks = found.reasons.iter().chain(&found.warnings);
    wanted.children("#preparation-remarks", remarks.map(|remark| Node::text("li", language.tell(remark))));
    measures(language, preparation, wanted);
    maps(language, preparation, wanted);
    let words = prepared::picture_in_words(language, name, &found.quality, &found.reasons);
    wanted.attribute("#preparation-picture", "aria-label", words);
    let picture = Picture { key: preparation.key, size: found.size, pixels: preparation.picture.clone() };
    wanted.picture("#preparation-picture", picture);
}

/// Nothing of what was prepared stays behind in a section that is hidden.
fn empty(wanted: &mut Wanted) {
    for place in ["#preparation-title", "#preparation-detail", "#preparation-affine"] {
        wanted.text(place, "");
    }
    for place in ["#preparation-remarks", "#preparation-rows", "#preparation-maps"] {
        wanted.children(place, []);
    }
    wanted.attribute("#preparation-picture", "aria-label", "");
    wanted.picture("#preparation-picture", Picture::blank());
}

fn measures(language: Language, preparation: &Preparation, wanted: &mut Wanted) {
    let rows = prepared::rows(language, &preparation.found.quality).into_iter().map(|row| {
        let outside = (!row.passed).then(|| Node::text("b", language.text(PREPARATION_OUTSIDE)));
        let name = Node::row_heading("").child(Node::text("span", row.name)).child(Node::text("small", row.meaning));
        Node::new("tr")
            .with_if(!row.passed, "class", "outside")
            .child(name)
            .child(Node::text("td", row.value))
            .child(Node::text("td", row.limits).children(outside))
    });
    wanted.children("#preparation-rows", rows);
    let row = |row: [f64; 4]| row.map(|number| format!("{:>9}", wording::number(number, 3))).join(" ");
    wanted.text("#preparation-affine", preparation.found.mni_from_world.0.map(row).join("\n"));
}

/// Links that save the maps.
fn maps(language: Language, preparation: &Preparation, wanted: &mut Wanted) {
    let links = preparation.urls.iter().zip(&MAPS).map(|(url, map)| {
        let link = Node::text("a", language.text(map.label)).with("href", url).with("class", "quiet");
        Node::new("li").child(link.with("download", map.file_name(&preparation.name)))
    });
    wanted.children("#preparation-maps", links);
    wanted.hidden("#preparation-keep", preparation.urls.is_empty());
}
