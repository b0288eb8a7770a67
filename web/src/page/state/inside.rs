//! The classifier opened for the image that is shown: what is covered of it, and which cell is looked at.

use super::{Shown, State};
use crate::case::Case;
use shared::explain::Inside;
use std::rc::Rc;
use web::inside::Board;

pub struct OpenInside {
    /// Whose image it was asked about, and by which model.
    pub case: Rc<Case>,
    pub found: Inside,
    /// Which cells count as empty.
    pub covered: Vec<bool>,
    /// Column and row of the cell that is looked at, from the picture's top left; `None`: the one that counts most.
    pub chosen: Option<[usize; 2]>,
}

impl OpenInside {
    pub fn new(case: Rc<Case>, found: Inside) -> Self {
        let covered = vec![false; found.shares.len()];
        OpenInside { case, found, covered, chosen: None }
    }

    /// Whether it speaks of the image and the model of a result.
    pub fn is_of(&self, shown: &Shown) -> bool {
        shown.case.is_of(Some(&self.case.subject), Some(&self.case.bundle))
    }
}

impl State {
    /// The classifier as it was opened, with the result that is shown: both of what is open.
    pub fn seen_inside(&self) -> Option<(&OpenInside, &Shown)> {
        let shown = self.still_shown()?;
        self.inside.as_ref().filter(|inside| inside.is_of(shown)).zip(Some(shown))
    }

    /// Number of the axial slice that the crosshair is in; without one, the middle.
    pub fn slice(&self) -> usize {
        let Some(shown) = &self.shown else { return 0 };
        let [nx, ny, nz] = shown.maps.shape();
        self.place.and_then(|place| shown.maps.index_at(place)).map_or(nz / 2, |index| index / (nx * ny))
    }

    /// The cells of that slice.
    pub fn board(&self) -> Option<Board> {
        let (inside, shown) = self.seen_inside()?;
        Some(Board::of(&inside.found, self.slice(), shown.maps.shape()[2]))
    }

    /// Moves the crosshair to another axial slice, given by its number.
    pub fn move_to_slice(&mut self, slice: f64) {
        let Some((_, _, step_mm)) = self.shown.as_ref().map(|shown| shown.maps.extent_mm()[2]) else { return };
        if let Some([x, y, z]) = self.place {
            self.move_to([x, y, z + (slice - self.slice() as f64) * step_mm]);
        }
    }

    /// Covers a cell of the slice, or uncovers it.
    pub fn turn_over(&mut self, place: [usize; 2]) {
        let (Some(board), Some(inside)) = (self.board(), &mut self.inside) else { return };
        if let Some(is_covered) = inside.covered.get_mut(board.cell(place)) {
            *is_covered = !*is_covered;
        }
        inside.chosen = Some(place);
    }

    /// Covers all cells of the slice.
    pub fn cover_slice(&mut self) {
        let (Some(board), Some(inside)) = (self.board(), &mut self.inside) else { return };
        for place in board.places() {
            if let Some(is_covered) = inside.covered.get_mut(board.cell(place)) {
                *is_covered = true;
            }
        }
    }

    /// Uncovers all cells of all slices.
    pub fn uncover_all(&mut self) {
        if let Some(inside) = &mut self.inside {
            inside.covered.fill(false);
        }
    }
}
