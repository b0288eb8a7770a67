//! One value for each direction of translation.

use serde::{Deserialize, Serialize};
use shared::explain::Direction;

/// One value for each direction of translation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PerDirection<T> {
    pub young_to_old: T,
    pub old_to_young: T,
}

impl<T> PerDirection<T> {
    /// Computes the value of each direction in turn.
    pub fn from_fn(mut value: impl FnMut(Direction) -> T) -> Self {
        PerDirection { young_to_old: value(Direction::YoungToOld), old_to_young: value(Direction::OldToYoung) }
    }

    /// The same with each value turned into another.
    pub fn map<U>(self, mut turned: impl FnMut(T) -> U) -> PerDirection<U> {
        PerDirection { young_to_old: turned(self.young_to_old), old_to_young: turned(self.old_to_young) }
    }

    pub fn get(&self, direction: Direction) -> &T {
        match direction {
            Direction::YoungToOld => &self.young_to_old,
            Direction::OldToYoung => &self.old_to_young,
        }
    }

    pub fn get_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::YoungToOld => &mut self.young_to_old,
            Direction::OldToYoung => &mut self.old_to_young,
        }
    }
}

/// +1 if a direction follows age (young → old), −1 if it goes against it.
pub fn age_sign(direction: Direction) -> f32 {
    match direction {
        Direction::YoungToOld => 1.0,
        Direction::OldToYoung => -1.0,
    }
}
