//! A classifier whose every number is known.

use super::*;
use shared::explain::InsideLayout;

/// Two filters, an image of 4 × 4 × 2 voxels, and cells of 2 × 2 × 1.
fn inside() -> Inside {
    let layout = InsideLayout { filters: 2, kernel: 1, maps: [2, 2, 2], channels: 2, cells: [2, 2, 2], is_deep: false };
    let maps: Vec<f32> = (0..16).map(|index| index as f32).collect();
    let means = (0..16).map(|index| index as f32).collect();
    let weights = [0.25; 8].into_iter().chain([-0.125; 8]).collect();
    Inside::new(layout, -1.0, [vec![1.0, -1.0], maps, means, weights]).unwrap()
}

const SHAPE: [usize; 3] = [4, 4, 2];

#[test]
fn the_front_is_at_the_top_and_cells_lie_where_they_are_drawn() {
    let inside = inside();
    let board = Board::of(&inside, 1, 2);
    assert_eq!([[0, 1], [1, 1], [0, 0]].map(|place| board.cell(place)), [4, 5, 6]);
    // Shares are 0.25 i − 0.125 (i + 8): only the last cells of the second slice count little.
    assert_eq!(inside.shares, [-1.0, -0.875, -0.75, -0.625, -0.5, -0.375, -0.25, -0.125]);
    assert_eq!(board.strongest(&inside), [0, 1]);

    let image: Vec<f32> = (0..32).map(|index| index as f32 / 32.0).collect();
    let (size, picture) = slice_picture(&image, SHAPE, 1);
    assert_eq!((size, picture.len()), ([4, 4], 64));
    assert_eq!([picture[0], picture[48]], [28.0, 16.0].map(|voxel: f32| (255.0 * voxel / 32.0) as u8));

    let covered = [false, false, false, false, true];
    let (_, picture) = cells_picture(&inside, &covered, (&[0.0; 32], SHAPE), 1);
    let pixel = |column: usize, row: usize| &picture[4 * (column + 4 * row)..][..3];
    assert_eq!([pixel(0, 3), pixel(1, 2)], [[64; 3]; 2]);
    assert_eq!(pixel(2, 3), YOUNG.map(|part| (0.375 * part) as u8));
    assert_eq!(pixel(0, 0), YOUNG.map(|part| (0.25 * part) as u8));

    assert_eq!(kernel_picture(&inside, 1).1[0], 0);
    assert_eq!(map_picture(&inside, 1, 1, 2).1[4], 255);
}

#[test]
fn keys_lead_to_neighbours_and_stop_at_the_edge() {
    let board = Board::of(&inside(), 0, 2);
    for (from, key, is_mirrored, to) in [
        ([0, 0], "ArrowRight", false, Some([1, 0])),
        ([0, 0], "ArrowRight", true, Some([0, 0])),
        ([0, 0], "ArrowLeft", true, Some([1, 0])),
        ([1, 1], "ArrowDown", false, Some([1, 1])),
        ([1, 1], "ArrowUp", false, Some([1, 0])),
        ([1, 1], "Enter", false, None),
    ] {
        assert_eq!(board.neighbour(from, key, is_mirrored), to, "{key}");
    }
}

#[test]
fn the_sum_is_told_with_what_is_covered() {
    let (inside, english) = (inside(), Language::ENGLISH);
    let told = sum(english, &inside, &[]);
    assert!(told.contains("−1.000") && told.contains("−4.500") && told.contains("−5.500"), "{told}");
    assert!(told.contains("0.4%"), "{told}");
    let told = sum(english, &inside, &[true; 2]);
    assert!(told.contains("−2.625") && told.contains("−3.625") && told.contains('2'), "{told}");
    let certain = Inside { log_odds_empty: 20.0, ..inside.clone() };
    assert!(sum(english, &certain, &[]).contains(">\u{202f}99.9%"));
    assert_eq!(parts(&inside, 2), ["2.000 × 0.25 = +0.500", "10.000 × −0.12 = −1.250"]);
    let board = Board::of(&inside, 0, 2);
    assert!(cell(english, &inside, board, [1, 0]).contains("−0.625"));
    assert!(ends(english, &inside)[0].contains("−1.000") && ends(english, &inside)[1].contains("+1.000"));
}

#[test]
fn numbers_survive_the_journey() {
    let numbers = [0.5, -1.25, f32::MIN_POSITIVE, 1e30];
    assert_eq!(floats_of(&bytes_of(&numbers)), numbers);
}
