//! The panels in which the maps are shown, described once: their words, their colours, when they are there.
//!
//! Document, readout, menu and saved picture are made from this list; its order is that of the maps everywhere. The
//! viewer draws by the same names and scales (`web/viewer/src/maps.js`; a test compares them).

use crate::language::*;
use crate::maps::MAP_NAMES;
use crate::share::Mode;
use crate::wording::{self, number, signed};
use shared::bundle::GroupName;
use shared::explain::Direction;

/// The colours of a map, and what they stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Density of grey matter, from nothing to what is shown white.
    Grey,
    /// A change of density, the same to both sides of nothing.
    Difference,
    /// How much a place speaks for a class, relative within one image.
    Activation,
}

/// One panel.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// In the document, in names of files and in the viewer.
    pub id: &'static str,
    pub scale: Scale,
    pub name: Key,
    /// Its name beside a result, with the direction in it; and with the age, where the dial was turned to one.
    way: Option<(Key, Key)>,
    /// Its name where weights were shuffled: such maps must not be taken for the others.
    shuffled: Option<Key>,
    /// What its button does.
    pub enlarge: Key,
    /// What its picture is, for those who do not see it.
    pub label: Key,
    /// How the menu offers its file.
    pub export: Option<Key>,
    /// It is there only where the truth is known.
    pub is_truth: bool,
    /// It is of the image that the visitor keeps for comparison.
    pub is_kept: bool,
}

/// All panels, in the order of the maps.
pub const PANELS: [Panel; 7] = [
    Panel {
        id: MAP_NAMES[0],
        scale: Scale::Grey,
        name: PANEL_ORIGINAL,
        way: None,
        shuffled: None,
        enlarge: PANEL_ORIGINAL_ENLARGE,
        label: PANEL_ORIGINAL_CANVAS,
        export: Some(EXPORT_ORIGINAL),
        is_truth: false,
        is_kept: false,
    },
    Panel {
        id: MAP_NAMES[1],
        scale: Scale::Grey,
        name: PANEL_TRANSLATED,
        way: Some((PANEL_TRANSLATED_WAY, PANEL_TRANSLATED_AGE)),
        shuffled: None,
        enlarge: PANEL_TRANSLATED_ENLARGE,
        label: PANEL_TRANSLATED_CANVAS,
        export: Some(EXPORT_TRANSLATED),
        is_truth: false,
        is_kept: false,
    },
    Panel {
        id: MAP_NAMES[2],
        scale: Scale::Difference,
        name: PANEL_DIFFERENCE,
        way: None,
        shuffled: Some(PANEL_SHUFFLED_DIFFERENCE),
        enlarge: PANEL_DIFFERENCE_ENLARGE,
        label: PANEL_DIFFERENCE_CANVAS,
        export: Some(EXPORT_DIFFERENCE),
        is_truth: false,
        is_kept: false,
    },
    Panel {
        id: MAP_NAMES[3],
        scale: Scale::Activation,
        name: PANEL_CAM,
        way: None,
        shuffled: Some(PANEL_SHUFFLED_CAM),
        enlarge: PANEL_CAM_ENLARGE,
        label: PANEL_CAM_CANVAS,
        export: Some(EXPORT_CAM),
        is_truth: false,
        is_kept: false,
    },
    Panel {
        id: "truth",
        scale: Scale::Difference,
        name: PANEL_TRUTH,
        way: None,
        shuffled: None,
        enlarge: PANEL_TRUTH_ENLARGE,
        label: PANEL_TRUTH_CANVAS,
        export: None,
        is_truth: true,
        is_kept: false,
    },
    Panel {
        id: "kept",
        scale: Scale::Grey,
        name: PANEL_KEPT,
        way: None,
        shuffled: None,
        enlarge: PANEL_KEPT_ENLARGE,
        label: PANEL_KEPT_CANVAS,
        export: None,
        is_truth: false,
        is_kept: true,
    },
    Panel {
        id: "kept-difference",
        scale: Scale::Difference,
        name: PANEL_KEPT_DIFFERENCE,
        way: None,
        shuffled: None,
        enlarge: PANEL_KEPT_DIFFERENCE_ENLARGE,
        label: PANEL_KEPT_DIFFERENCE_CANVAS,
        export: None,
        is_truth: false,
        is_kept: true,
    },
];

/// What decides which panels are there.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    pub mode: Mode,
    /// The truth is known.
    pub has_truth: bool,
    /// The visitor wants all.
    pub all_maps: bool,
    /// Another result of the same model is kept for comparison.
    pub has_kept: bool,
    /// Those that an open lesson speaks of.
    pub lesson: Option<&'static [&'static str]>,
}

impl Sight {
    /// What is kept lies beside what is shown.
    pub fn compares_images(&self) -> bool {
        self.has_kept && self.mode == Mode::Side && self.lesson.is_none()
    }

    /// At first the maps that show what changed; others when they are asked for, or a lesson speaks of them.
    pub fn has(&self, panel: &Panel) -> bool {
        let is_change = CHANGE.contains(&panel.id);
        if panel.is_kept {
            return self.compares_images();
        }
        // Two pairs lie in one row, or one above the other.
        if self.compares_images() && !self.all_maps {
            return PAIR.contains(&panel.id);
        }
        let is_wanted = match (self.mode, self.lesson) {
            _ if self.all_maps => true,
            (Mode::Side, Some(panels)) => panels.contains(&panel.id),
            _ => is_change,
        };
        is_wanted && (!panel.is_truth || self.has_truth)
    }
}

/// The maps that show what changed.
const CHANGE: [&str; 3] = [MAP_NAMES[0], MAP_NAMES[1], MAP_NAMES[2]];

/// The maps of an image that another is compared with.
const PAIR: [&str; 2] = [MAP_NAMES[0], MAP_NAMES[2]];

/// What a result says about its panels.
#[derive(Clone, Debug)]
pub struct Content {
    pub direction: Direction,
    /// The age that the dial was turned to.
    pub target_years: Option<u8>,
    /// The maps of shuffled weights are shown.
    pub is_shuffled: bool,
    /// End of the difference's colours, grey-matter units, and whether some voxels lie beyond it.
    pub limit: (f32, bool),
    /// What is kept for comparison.
    pub kept: Option<Kept>,
    /// The class that the activation map speaks of.
    pub class: GroupName,
    /// The activation map is made of coarse cells, whose weights are their own.
    pub by_cells: bool,
}

/// The other image of a comparison.
#[derive(Clone, Debug)]
pub struct Kept {
    pub name: String,
    pub direction: Direction,
    /// The age that it was led to.
    pub target_years: Option<u8>,
}

impl Content {
    /// With an image beside it whose difference has the same colours; `is_clipped`: some of its voxels lie beyond them.
    pub fn beside(self, kept: Kept, is_clipped: bool) -> Self {
        let (limit, is_own_clipped) = self.limit;
        Content { kept: Some(kept), limit: (limit, is_own_clipped || is_clipped), ..self }
    }
}

/// What an image was led to, in few words.
fn led_to(language: Language, direction: Direction, years: Option<u8>) -> String {
    match years {
        Some(years) => language.fill(DIAL_YEARS, &[("years", &years.to_string())]),
        None => wording::direction(language, direction).to_owned(),
    }
}

impl Panel {
    /// Its heading.
    pub fn title(&self, language: Language, content: Option<&Content>) -> String {
        let Some(content) = content else { return language.text(self.name).to_owned() };
        // Beside each other the changes of two images, or of two ages, say what they lead to.
        match (&content.kept, self.scale) {
            (Some(kept), Scale::Grey) if self.is_kept => {
                return language.fill(PANEL_KEPT_OF, &[("name", &language.say(&kept.name))]);
            }
            (Some(kept), _) if self.is_kept => {
                let to = led_to(language, kept.direction, kept.target_years);
                return language.fill(PANEL_KEPT_DIFFERENCE_OF, &[("name", &language.say(&kept.name)), ("to", &to)]);
            }
            (Some(_), Scale::Difference) if !self.is_truth && !content.is_shuffled => {
                let to = led_to(language, content.direction, content.target_years);
                return language.fill(PANEL_DIFFERENCE_TO, &[("to", &to)]);
            }
            _ => {}
        }
        match (self.shuffled.filter(|_| content.is_shuffled), self.way) {
            (Some(shuffled), _) => language.text(shuffled).to_owned(),
            (None, Some((way, age))) => match content.target_years {
                Some(years) => language.fill(age, &[("years", &years.to_string())]),
                None => language.fill(way, &[("direction", wording::direction(language, content.direction))]),
            },
            (None, None) => language.text(self.name).to_owned(),
        }
    }
}

/// The words around one panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    pub title: String,
    /// Low end, high end and unit of the colour bar.
    pub ends: [String; 3],
}

/// Of all panels, in their order.
pub fn captions(language: Language, white: f64, content: Option<&Content>) -> [Caption; 7] {
    PANELS.map(|panel| Caption {
        title: panel.title(language, content),
        ends: panel.scale.ends(language, white, content),
    })
}

impl Scale {
    /// As in the document and in the viewer.
    pub fn word(self) -> &'static str {
        match self {
            Scale::Grey => "grey",
            Scale::Difference => "difference",
            Scale::Activation => "activation",
        }
    }

    /// Low end, high end and unit of a colour bar. `white`: the density that is shown white.
    pub fn ends(self, language: Language, white: f64, content: Option<&Content>) -> [String; 3] {
        match self {
            Scale::Grey => ["0".to_owned(), wording::white_end(white), language.text(SCALE_GREY).to_owned()],
            Scale::Difference => {
                let [low, high] = limit_ends(content.map_or((1.0, false), |content| content.limit));
                [low, high, language.text(SCALE_DIFFERENCE).to_owned()]
            }
            Scale::Activation => {
                let unit = content.map(|content| {
                    let unit = if content.by_cells { SCALE_CAM_CELLS } else { SCALE_CAM };
                    language.fill(unit, &[("class", wording::group(language, content.class))])
                });
                ["0".to_owned(), "1".to_owned(), unit.unwrap_or_default()]
            }
        }
    }

    /// A value as the readout has it.
    pub fn readable(self, value: f32) -> String {
        match self {
            Scale::Difference => signed(f64::from(value), 3),
            Scale::Grey | Scale::Activation => number(f64::from(value), 3),
        }
    }
}

/// Ends of the difference's colours; with a sign where some voxels lie beyond them.
fn limit_ends((limit, is_clipped): (f32, bool)) -> [String; 2] {
    let tenths = limit * 10.0;
    let decimals = if (tenths - tenths.round()).abs() > 1e-3 { 2 } else { 1 };
    [("≤ ", -limit), ("≥ ", limit)].map(|(sign, value)| {
        let mark = if is_clipped { sign } else { "" };
        format!("{mark}{}", signed(f64::from(value), decimals))
    })
}

#[cfg(test)]
mod tests;
