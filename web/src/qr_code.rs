//! The QR code of a link, as a drawing: black on white, with the quiet zone around it that readers need.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// Light modules on each side, as ISO/IEC 18004 asks for.
pub const QUIET_MODULES: i32 = 4;

/// Levels of error correction, and the largest version with each: a code that is projected or shown on a phone should have few, large
/// modules. Version 15 has 77 a side, and holds 412 bytes at the medium level; version 25 has 117, and 1273 bytes at the low one.
const LEVELS: [(QrCodeEcc, u8); 2] = [(QrCodeEcc::Medium, 15), (QrCodeEcc::Low, 25)];

/// A code to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Modules of a side, the quiet zone with it.
    pub side: i32,
    /// The dark modules, as the data of an SVG path in units of modules.
    pub path: String,
}

/// The code of a link; None where that is longer than what can be read well.
pub fn drawing_of(link: &str) -> Option<Drawing> {
    let code = code_of(link)?;
    let side = code.size();
    let mut path = String::new();
    for y in 0..side {
        let mut x = 0;
        while x < side {
            // Modules beside each other are one piece: no hair of light between them.
            let length = (x..side).take_while(|&x| code.get_module(x, y)).count() as i32;
            if length > 0 {
                path += &format!("M{} {}h{length}v1h-{length}z", x + QUIET_MODULES, y + QUIET_MODULES);
            }
            x += length.max(1);
        }
    }
    Some(Drawing { side: side + 2 * QUIET_MODULES, path })
}

fn code_of(link: &str) -> Option<QrCode> {
    // As bytes: an address has small letters, which the other modes do not.
    let segments = [QrSegment::make_bytes(link.as_bytes())];
    LEVELS.into_iter().find_map(|(level, most)| {
        QrCode::encode_segments_advanced(&segments, level, Version::MIN, Version::new(most), None, true).ok()
    })
}

/// Whether a host name stands for the very computer that asks, so that nobody else can open the link.
pub fn is_this_computer(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `https://agelens.example/#v=1`, as qrcode 8.2 for Python makes it with the same of the eight masks, which programs weigh
    /// differently: version 3, error correction Q, `mask_pattern=7`, the text as bytes.
    const OF_ANOTHER_PROGRAM: [&str; 29] = [
        "#######.##.##.##...##.#######",
        "#.....#...##..#####.#.#.....#",
        "#.###.#.#.#...#..#..#.#.###.#",
        "#.###.#.###..###..#...#.###.#",
        "#.###.#..#..##.#..#...#.###.#",
        "#.....#.#.##.##....#..#.....#",
        "#######.#.#.#.#.#.#.#.#######",
        "........##.###.######........",
        ".#.#.####.###.#..##.####.##.#",
        "##..##..#.#.#.#.#....##..##.#",
        "#.###.##..###.#....##.#.####.",
        "#####..#.#...##......####.##.",
        ".#..#.##.#.#.....#..#.##.....",
        "..####.#..#..###...###.#.#...",
        "#.##.##.#.##..###...###....##",
        "##.##...#....##....#...#.....",
        ".#..#.#...####.##..#.......#.",
        "....##..#.#..###.....###.####",
        "#.######..##.#.......#..#####",
        "...###...####..#####...#.#.##",
        "#..##.#...###...#...#####.##.",
        "........###..##..#.##...#..##",
        "#######.##.#.#..#.#.#.#.####.",
        "#.....#.####..#...#.#...#.###",
        "#.###.#..##.....#.#.######.#.",
        "#.###.#.####...#..#####.###.#",
        "#.###.#..#.#..###..##...##..#",
        "#.....#.##..#.#.##.##.##...#.",
        "#######..#.#.#.###.####.#..#.",
    ];

    /// The dark modules that a path covers, as rows with the quiet zone.
    fn covered(drawing: &Drawing) -> Vec<Vec<bool>> {
        let side = drawing.side as usize;
        let mut rows = vec![vec![false; side]; side];
        for piece in drawing.path.split('M').skip(1) {
            let (start, rest) = piece.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = rest.split_once("v1h-").unwrap().0.parse().unwrap();
            assert_eq!(piece, format!("{x} {y}h{length}v1h-{length}z"));
            rows[y][x..x + length].fill(true);
        }
        rows
    }

    #[test]
    fn a_code_is_the_one_that_another_program_makes() {
        let drawing = drawing_of("https://agelens.example/#v=1").unwrap();
        let quiet = QUIET_MODULES as usize;
        assert_eq!(drawing.side as usize, OF_ANOTHER_PROGRAM.len() + 2 * quiet);
        let rows = covered(&drawing);
        let inner: Vec<String> = rows[quiet..rows.len() - quiet]
            .iter()
            .map(|row| row[quiet..row.len() - quiet].iter().map(|&dark| if dark { '#' } else { '.' }).collect())
            .collect();
        assert_eq!(inner, OF_ANOTHER_PROGRAM);
    }

    #[test]
    fn nothing_lies_in_the_quiet_zone() {
        let drawing = drawing_of(&format!("https://agelens.example/#v=1&sample={}", "a".repeat(200))).unwrap();
        let rows = covered(&drawing);
        let quiet = QUIET_MODULES as usize;
        let is_quiet = |place: usize| place < quiet || place >= rows.len() - quiet;
        let mut dark = 0;
        for (y, row) in rows.iter().enumerate() {
            for x in (0..row.len()).filter(|&x| row[x]) {
                assert!(!is_quiet(x) && !is_quiet(y), "{x}, {y}");
                dark += 1;
            }
        }
        assert!(dark > 1000, "{dark} dark modules");
    }

    #[test]
    fn long_links_get_less_correction_and_longer_ones_no_code() {
        let of_length = |bytes: usize| "a".repeat(bytes);
        let level = |bytes: usize| {
            code_of(&of_length(bytes)).map(|code| (code.version().value(), code.error_correction_level()))
        };
        // As table 7 of ISO/IEC 18004 has them.
        assert_eq!(level(412), Some((15, QrCodeEcc::Medium)));
        assert_eq!(level(413), Some((13, QrCodeEcc::Low)));
        assert_eq!(level(1273), Some((25, QrCodeEcc::Low)));
        assert_eq!(drawing_of(&of_length(1274)), None);
    }

    #[test]
    fn only_names_of_the_computer_itself_are_its_own() {
        for host in ["localhost", "page.localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert!(is_this_computer(host), "{host}");
        }
        for host in ["agelens.example", "192.168.0.7", "localhost.example", "10.127.0.1", ""] {
            assert!(!is_this_computer(host), "{host}");
        }
    }
}
