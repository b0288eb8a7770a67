//! Pictures of people, of what the classifier follows, and of where ageing takes place: 8-bit RGBA, row by row.

use super::slice::{CELL, Slice};

/// Grey matter that is shown white.
const WHITE: f32 = 1.15;
/// Of the anatomy behind colours.
pub(crate) const FAINT: f32 = 0.35;
/// The page's colours of young and old, and of ageing.
pub(crate) const YOUNG: [f32; 3] = [90.0, 165.0, 255.0];
pub(crate) const OLD: [f32; 3] = [255.0, 140.0, 80.0];
const AGEING: [f32; 3] = [96.0, 214.0, 196.0];

/// Grey values of a slice.
pub fn person_picture(image: &[f32]) -> Vec<u8> {
    pixels(image.iter().map(|value| [255.0 * value / WHITE; 3]))
}

/// How far the answer follows each cell, over the faint slice: blue to young, orange to old.
pub fn followed_picture(slice: &Slice, followed: &[f32]) -> Vec<u8> {
    over(slice, followed, |amount| (amount.abs(), if amount < 0.0 { YOUNG } else { OLD }))
}

/// Where ageing takes grey matter, over the faint slice; nowhere unless `is_there`.
pub fn ageing_picture(slice: &Slice, is_there: bool) -> Vec<u8> {
    let loss: Vec<f32> = slice.tissue.iter().map(|tissue| if is_there { tissue[1] } else { 0.0 }).collect();
    let cells = slice.means(&loss);
    let most = cells.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let cells: Vec<f32> = cells.into_iter().map(|loss| loss / most).collect();
    over(slice, &cells, |share| (share, AGEING))
}

fn over(slice: &Slice, cells: &[f32], colour: impl Fn(f32) -> (f32, [f32; 3])) -> Vec<u8> {
    let width = slice.size[0];
    let mut colours: Vec<[f32; 3]> = slice.tissue.iter().map(|tissue| [255.0 * FAINT * tissue[0]; 3]).collect();
    for ([column, row], &value) in slice.cells.iter().zip(cells) {
        let (share, colour) = colour(value);
        for row in *row..row + CELL {
            for pixel in &mut colours[row * width + column..][..CELL] {
                *pixel = std::array::from_fn(|c| pixel[c] + share.min(1.0) * (colour[c] - pixel[c]));
            }
        }
    }
    pixels(colours.into_iter())
}

fn pixels(colours: impl Iterator<Item = [f32; 3]>) -> Vec<u8> {
    // Beyond 0 and 255 the nearest of them.
    colours.flat_map(|[red, green, blue]| [red as u8, green as u8, blue as u8, 255]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::slice::tests::shipped;
    use super::*;

    #[test]
    fn pictures_have_the_slice_s_size_and_colours_that_say_which_group() {
        let slice = shipped();
        let pixels = slice.size[0] * slice.size[1];
        let of = |amount: f32| followed_picture(&slice, &vec![amount; slice.cells.len()]);
        assert_eq!(of(0.0).len(), 4 * pixels);
        assert_eq!(ageing_picture(&slice, false), of(0.0));
        assert_ne!(ageing_picture(&slice, true), of(0.0));
        let middle = 4 * (slice.cells[80][1] * slice.size[0] + slice.cells[80][0]);
        let (young, old) = (of(-1.0), of(1.0));
        assert_eq!(young[middle..middle + 3], YOUNG.map(|part| part as u8));
        assert_eq!(old[middle..middle + 3], OLD.map(|part| part as u8));
        assert_eq!(person_picture(&[-0.5, 0.575, 2.0]), [0, 0, 0, 255, 127, 127, 127, 255, 255, 255, 255, 255]);
    }
}
