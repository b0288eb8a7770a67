//! What the maps show: a result with all that is told of it.

use crate::case::Case;
use shared::bundle::GroupName;
use shared::explain::{Atlas, RegionDifference, RegionLabels};
use std::rc::Rc;
use web::aim::Aim;
use web::checks::Found;
use web::language::Message;
use web::maps::{Agreement, ChangeSummary, Maps};
use web::panels::Content;
use web::protocol::Backend;
use web::verdict::Answer;

/// A result. What is counted of its maps is counted once.
#[derive(Clone)]
pub struct Shown {
    /// Whose it is, by which model.
    pub case: Rc<Case>,
    pub maps: Maps,
    pub answer: Answer,
    /// None where the native program computed it beforehand.
    pub computed: Option<Computed>,
    /// Why the verdict may be wrong.
    pub caution: Option<Message>,
    /// Change of each region; empty until the atlas is there.
    pub regions: Vec<RegionDifference>,
    pub summary: ChangeSummary,
    /// End of the difference's colours, and whether some voxels lie beyond it.
    pub limit: (f32, bool),
    /// How the difference goes with the truth, where that is known.
    pub agreement: Option<Agreement>,
}

/// How the page computed a result.
#[derive(Clone)]
pub struct Computed {
    pub backend: Backend,
    pub seconds: f64,
    /// What the visitor's image was found to be, and the score of its preparation, where it was a raw T1.
    pub prepared: Option<(shared::prepare::t1::Found, f64)>,
    /// Whether the self-test passed, and the largest difference.
    pub self_test: Option<(bool, f32)>,
    /// What else there is to say, each a sentence.
    pub notes: Vec<Message>,
}

/// What the engine found when it was asked whether the maps can be trusted.
pub struct Checked {
    pub found: Found,
    /// The image with the maps of shuffled weights.
    pub shuffled: Option<Maps>,
    /// Whether these are on the screen.
    pub is_shown: bool,
}

impl Shown {
    pub fn new(
        case: Rc<Case>,
        maps: Maps,
        answer: Answer,
        computed: Option<Computed>,
        caution: Option<Message>,
    ) -> Self {
        let (summary, limit) = (maps.summary(), maps.difference_limit());
        let agreement = case.bundle.mask.as_ref().and_then(|mask| maps.agreement(mask));
        Shown { case, maps, answer, computed, caution, regions: Vec::new(), summary, limit, agreement }
    }

    /// Whether it is what comes first with a sample: led to the other group, and computed beforehand.
    pub fn is_first(&self) -> bool {
        self.computed.is_none() && self.answer.target_years.is_none()
    }

    /// Whether both are of one image and one model.
    pub fn is_beside(&self, other: &Shown) -> bool {
        self.case.is_of(Some(&other.case.subject), Some(&other.case.bundle))
    }

    /// Ends the difference's colours no earlier than there.
    pub fn widen(&mut self, limit: f32) {
        if limit > self.limit.0 {
            self.limit = (limit, self.maps.difference().iter().any(|change| change.abs() > limit));
        }
    }

    /// Regions of the atlas on its grid.
    pub fn labels(&self, atlas: Option<&Atlas>) -> Option<&Rc<RegionLabels>> {
        self.case.bundle.labels(atlas)
    }

    /// Counts the change of each region.
    pub fn count_regions(&mut self, atlas: Option<&Atlas>) {
        let labels = self.labels(atlas);
        self.regions =
            labels.map_or_else(Vec::new, |labels| labels.differences(self.maps.original(), self.maps.difference()));
    }

    /// What the image was led to.
    pub fn led_to(&self) -> Aim {
        self.answer.target_years.map_or(Aim::Group(self.answer.direction), Aim::Age)
    }

    /// What its panels say.
    pub fn content(&self, is_shuffled: bool) -> Content {
        Content {
            direction: self.answer.direction,
            target_years: self.answer.target_years,
            is_shuffled,
            limit: self.limit,
            kept: None,
            class: GroupName::judged(self.answer.probability_old_before),
            by_cells: self.case.bundle.manifest.models.pointer("/classifier/pooling/cells").is_some(),
        }
    }

    /// The largest change that can be hidden, at most half of the colours, and the slider's step; grey-matter units.
    pub fn threshold_range(&self) -> (f64, f64) {
        let (limit, _) = self.limit;
        let steps: f64 = if limit < 0.1 { 1000.0 } else { 100.0 };
        ((f64::from(limit) / 2.0 * steps + 1e-6).floor() / steps, steps.recip())
    }
}
