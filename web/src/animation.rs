//! A looped animation of the age dial, as a GIF: from the youngest age to the oldest and back.
//!
//! All pictures share one table of colours, and each holds only what differs from the one before it.

use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use std::cmp::Reverse;
use std::collections::HashMap;

/// So many ages, evenly over the dial.
const AGES: u8 = 15;
/// No animation has more bytes.
pub const MOST_BYTES: usize = 4_000_000;
/// How long an age is seen, and the first and the last; hundredths of a second.
const DELAY: u16 = 14;
const DELAY_AT_ENDS: u16 = 70;
/// Of 256 colours the last one stands for what stays as it was.
const COLOURS: u8 = 255;
/// So many of the most frequent colours stay as they are.
const EXACT: usize = 88;
/// The table of the other colours learns from so many at least.
const LEAST_TAUGHT: usize = 60_000;

/// Ages that are shown, whole years, youngest first.
pub fn ages([youngest, oldest]: [u8; 2]) -> Vec<u8> {
    let (youngest, span) = (f32::from(youngest), f32::from(oldest.saturating_sub(youngest)));
    let age = |place| (youngest + span * f32::from(place) / f32::from(AGES - 1)).round() as u8;
    let mut ages: Vec<u8> = (0..AGES).map(age).collect();
    ages.dedup();
    ages
}

/// Places of the pictures in one round, of every `step`-th: up to the last and back, without the first again.
fn round(count: usize, step: usize) -> Vec<usize> {
    let mut up: Vec<usize> = (0..count).step_by(step).collect();
    if let Some(last) = count.checked_sub(1).filter(|last| !up.contains(last)) {
        up.push(last);
    }
    let inner = up.get(1..up.len().saturating_sub(1)).unwrap_or_default();
    let back: Vec<usize> = inner.iter().rev().copied().collect();
    up.extend(back);
    up
}

/// Colours of all pictures.
pub struct Colours {
    table: Vec<[u8; 3]>,
    /// Places that were looked up.
    known: HashMap<[u8; 3], u32>,
}

impl Colours {
    /// Learns the colours of pictures, 8-bit RGBA. The most frequent ones stay as they are: paper, black, ink, crosshair. Of the
    /// others, which colour bars and maps are made of, rare ones count nearly as much as frequent ones.
    pub fn of(pictures: &[&[u8]]) -> Self {
        let mut counts: HashMap<[u8; 3], u32> = HashMap::new();
        for pixel in pictures.iter().flat_map(|picture| picture.chunks_exact(4)) {
            if let [red, green, blue, ..] = *pixel {
                *counts.entry([red, green, blue]).or_default() += 1;
            }
        }
        let mut counts: Vec<([u8; 3], u32)> = counts.into_iter().collect();
        // The colour, too, so that the same pictures give the same file.
        counts.sort_unstable_by_key(|(colour, count)| Reverse((*count, *colour)));
        let others = counts.split_off(counts.len().min(EXACT));
        let mut table: Vec<[u8; 3]> = counts.into_iter().map(|(colour, _)| colour).collect();
        if !others.is_empty() {
            let often = |([red, green, blue], count): ([u8; 3], u32)| {
                std::iter::repeat_n([red, green, blue, 255], 1 + count.ilog2() as usize)
            };
            let taught: Vec<[u8; 4]> = others.into_iter().flat_map(often).collect();
            let count = taught.len().max(LEAST_TAUGHT);
            let taught: Vec<u8> = taught.into_iter().cycle().take(count).flatten().collect();
            let learned = NeuQuant::new(1, usize::from(COLOURS) - EXACT, &taught).color_map_rgb();
            table.extend(learned.as_chunks().0);
        }
        Colours { table, known: HashMap::new() }
    }

    /// A picture as places in the table.
    pub fn places(&mut self, picture: &[u8]) -> Vec<u8> {
        let (table, known) = (&self.table, &mut self.known);
        let place = |pixel: &[u8]| match *pixel {
            [red, green, blue, ..] => {
                let colour = [red, green, blue];
                *known.entry(colour).or_insert_with(|| nearest(table, colour)) as u8
            }
            _ => 0,
        };
        picture.chunks_exact(4).map(place).collect()
    }

    /// The animation of pictures that [`Colours::places`] made, all of this size. Where it would be too large, ages are left out.
    pub fn animation(&self, size: [u16; 2], pictures: &[Vec<u8>]) -> Result<Vec<u8>, EncodingError> {
        let mut step = 1;
        loop {
            let file = self.encoded(size, pictures, step)?;
            if file.len() <= MOST_BYTES || step >= pictures.len() {
                return Ok(file);
            }
            step *= 2;
        }
    }

    fn encoded(&self, [width, height]: [u16; 2], pictures: &[Vec<u8>], step: usize) -> Result<Vec<u8>, EncodingError> {
        let mut table = self.table.concat();
        table.resize(3 * (usize::from(COLOURS) + 1), 0);
        let mut encoder = Encoder::new(Vec::new(), width, height, &table)?;
        encoder.set_repeat(Repeat::Infinite)?;
        let mut before: Option<&Vec<u8>> = None;
        for place in round(pictures.len(), step) {
            let Some(picture) = pictures.get(place) else { continue };
            let changed = |(index, &now): (usize, &u8)| {
                let stays = before.and_then(|before| before.get(index)) == Some(&now);
                if stays { COLOURS } else { now }
            };
            let is_end = place == 0 || place + 1 == pictures.len();
            encoder.write_frame(&Frame {
                width,
                height,
                delay: if is_end { DELAY_AT_ENDS } else { DELAY },
                dispose: DisposalMethod::Keep,
                transparent: Some(COLOURS),
                buffer: picture.iter().enumerate().map(changed).collect::<Vec<u8>>().into(),
                ..Frame::default()
            })?;
            before = Some(picture);
        }
        encoder.into_inner()
    }
}

fn nearest(table: &[[u8; 3]], colour: [u8; 3]) -> u32 {
    let distance = |other: &[u8; 3]| -> u32 {
        std::iter::zip(other, colour).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    let found = (0..u32::from(COLOURS)).zip(table).min_by_key(|(_, other)| distance(other));
    found.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gif::{ColorOutput, DecodeOptions};

    const SIZE: [u16; 2] = [40, 30];

    /// A picture with a square at a place, on paper.
    fn picture(place: usize) -> Vec<u8> {
        let pixel = |index: usize| match (index % 40).wrapping_sub(place) < 8 && index / 40 > 10 {
            true => [200, 40, 20, 255],
            false => [243, 244, 240, 255],
        };
        (0..1200).flat_map(pixel).collect()
    }

    /// The frames of a file: delay and what is seen, as a browser lays them over each other.
    fn seen(file: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::RGBA);
        let mut decoder = options.read_info(file).unwrap();
        assert_eq!([decoder.width(), decoder.height()], SIZE);
        let (mut screen, mut frames) = (vec![0; 4800], vec![]);
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            for (pixel, new) in screen.chunks_exact_mut(4).zip(frame.buffer.chunks_exact(4)) {
                if new[3] > 0 {
                    pixel.copy_from_slice(new);
                }
            }
            frames.push((frame.delay, screen.clone()));
        }
        frames
    }

    #[test]
    fn ages_lie_evenly_over_the_dial() {
        assert_eq!(ages([20, 90]), [20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90]);
        assert_eq!((ages([30, 34]), ages([50, 50])), (vec![30, 31, 32, 33, 34], vec![50]));
    }

    #[test]
    fn a_round_goes_up_and_back() {
        assert_eq!(round(4, 1), [0, 1, 2, 3, 2, 1]);
        assert_eq!(round(6, 2), [0, 2, 4, 5, 4, 2]);
        assert_eq!((round(1, 1), round(0, 1), round(2, 4)), (vec![0], vec![], vec![0, 1]));
    }

    #[test]
    fn an_animation_shows_each_picture_and_goes_back() {
        let pictures: Vec<Vec<u8>> = (0..5).map(|place| picture(4 * place)).collect();
        let mut colours = Colours::of(&pictures.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let places: Vec<Vec<u8>> = pictures.iter().map(|picture| colours.places(picture)).collect();
        let frames = seen(&colours.animation(SIZE, &places).unwrap());
        assert_eq!(frames.len(), 8);
        for ((delay, screen), place) in frames.iter().zip([0, 1, 2, 3, 4, 3, 2, 1]) {
            assert_eq!(*delay, if place % 4 == 0 { DELAY_AT_ENDS } else { DELAY });
            assert_eq!(screen, &pictures[place], "picture {place}");
        }
    }

    #[test]
    fn frequent_colours_stay_and_others_come_near() {
        let paper = [243, 244, 240, 255];
        // All colours between black and orange, and paper.
        let ramp = (0..=255_u8).flat_map(|step| (0..8_u8).flat_map(move |blue| [step, step / 2, 4 * blue, 255]));
        let picture: Vec<u8> = paper.repeat(5000).into_iter().chain(ramp).collect();
        let mut colours = Colours::of(&[&picture]);
        let places = colours.places(&picture);
        for (place, pixel) in places.iter().zip(picture.chunks_exact(4)) {
            let colour = colours.table[usize::from(*place)];
            let far = if pixel == paper { 0 } else { 24 };
            assert!(
                std::iter::zip(colour, pixel).all(|(one, other)| one.abs_diff(*other) <= far),
                "{colour:?}, {pixel:?}"
            );
        }
    }

    #[test]
    fn a_large_animation_leaves_out_ages() {
        // What cannot be packed: every pixel of every picture is another.
        let size = [700, 500];
        let mut seed = 1_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8 % COLOURS
        };
        let places: Vec<Vec<u8>> = (0..15).map(|_| (0..350_000).map(|_| noise()).collect()).collect();
        let file = Colours::of(&[&picture(0)]).animation(size, &places).unwrap();
        assert!(file.len() <= MOST_BYTES, "{} bytes", file.len());
        let mut decoder = DecodeOptions::new().read_info(file.as_slice()).unwrap();
        let mut count = 0;
        while decoder.read_next_frame().unwrap().is_some() {
            count += 1;
        }
        assert!((2..28).contains(&count), "{count} frames");
    }
}
