//! A drawing surface that becomes an SVG (one embedded raster, real text over it) and a plain PNG.
//!
//! Text in the SVG is text: sharp at any size, selectable, searchable. The PNG carries the same labels in a
//! bitmap font that is compiled in. Neither needs a font, a file or a network on the reader's machine.

use crate::figures::colour::{BACKDROP, Rgb};
use anyhow::{Context, Result};
use base64::Engine;
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle, iso_8859_1};
use embedded_graphics::prelude::*;
use embedded_graphics::{pixelcolor::Rgb888, text::Alignment, text::Baseline, text::Text, text::TextStyleBuilder};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, Rgb as Pixel, RgbImage};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

/// Ordinary text.
pub const INK: Rgb = [226, 228, 232];
/// Secondary text: millimetres, ticks.
pub const FAINT_INK: Rgb = [164, 169, 178];
/// The phantom label.
pub const WARNING_INK: Rgb = [255, 196, 64];

const SVG_TEMPLATE: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ width }} {{ height }}" width="{{ width }}" height="{{ height }}" role="img" aria-label="{{ alt }}">
<title>{{ title }}</title>
<image width="{{ width }}" height="{{ height }}" href="data:image/png;base64,{{ raster }}"/>
<g font-family="system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif" style="font-variant-numeric:tabular-nums">
{% for label in labels %}<text x="{{ label.x }}" y="{{ label.y }}" font-size="{{ label.size }}"{% if label.bold %} font-weight="600"{% endif %} text-anchor="{{ label.anchor }}" fill="{{ label.fill }}">{{ label.text }}</text>
{% endfor %}</g>
</svg>
"#;

/// Size and weight of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lettering {
    Small,
    Normal,
    Heading,
}

impl Lettering {
    /// Font size in the SVG, px.
    fn size_px(self) -> u32 {
        match self {
            Lettering::Small => 12,
            Lettering::Normal => 14,
            Lettering::Heading => 16,
        }
    }

    fn bitmap(self) -> &'static MonoFont<'static> {
        match self {
            Lettering::Small => &iso_8859_1::FONT_6X12,
            Lettering::Normal => &iso_8859_1::FONT_7X13,
            Lettering::Heading => &iso_8859_1::FONT_8X13_BOLD,
        }
    }
}

/// Which point of a label lies at its x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

struct Label {
    x: i32,
    /// Of the baseline.
    y: i32,
    text: String,
    lettering: Lettering,
    anchor: Anchor,
    ink: Rgb,
}

/// What a label is to the SVG template.
#[derive(Serialize)]
struct SvgLabel<'a> {
    x: i32,
    y: i32,
    text: &'a str,
    size: u32,
    bold: bool,
    anchor: &'static str,
    fill: String,
}

/// Pixels and labels; x grows to the right, y downwards, in px. Grows downwards as it is filled.
pub struct Canvas {
    image: RgbImage,
    labels: Vec<Label>,
}

impl Canvas {
    /// An empty surface in the backdrop colour.
    pub fn new(width: u32, height: u32) -> Self {
        Canvas { image: RgbImage::from_pixel(width, height, Pixel(BACKDROP)), labels: Vec::new() }
    }

    /// Makes room down to `height`; never shrinks.
    pub fn grow(&mut self, height: u32) {
        let (width, present) = self.image.dimensions();
        if height > present {
            let mut grown = RgbImage::from_pixel(width, height, Pixel(BACKDROP));
            image::imageops::replace(&mut grown, &self.image, 0, 0);
            self.image = grown;
        }
    }

    /// Colours one pixel; outside the surface nothing happens.
    pub fn dot(&mut self, x: u32, y: u32, colour: Rgb) {
        if let Some(pixel) = self.image.get_pixel_mut_checked(x, y) {
            *pixel = Pixel(colour);
        }
    }

    /// Colour of a pixel; the backdrop outside the surface.
    pub fn colour_at(&self, x: u32, y: u32) -> Rgb {
        self.image.get_pixel_checked(x, y).map_or(BACKDROP, |pixel| pixel.0)
    }

    /// Adds a label whose baseline lies at `y`.
    pub fn label(&mut self, x: u32, y: u32, text: impl Into<String>, lettering: Lettering, anchor: Anchor, ink: Rgb) {
        let text = text.into();
        self.labels.push(Label { x: x as i32, y: y as i32, text, lettering, anchor, ink });
    }

    /// The picture as SVG; `alt` says in words what it shows.
    pub fn to_svg(&self, title: &str, alt: &str) -> Result<String> {
        let labels: Vec<SvgLabel> = self.labels.iter().map(Label::for_svg).collect();
        let raster = base64::engine::general_purpose::STANDARD.encode(encode_png(&self.image)?);
        let (width, height) = self.image.dimensions();
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment
            .render_str(SVG_TEMPLATE, context! { width, height, title, alt, raster, labels })
            .context("a figure cannot be written as SVG")
    }

    /// The picture as PNG, labels included.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let mut image = self.image.clone();
        for label in &self.labels {
            label.draw(&mut Surface(&mut image));
        }
        encode_png(&image)
    }
}

impl Label {
    fn for_svg(&self) -> SvgLabel<'_> {
        let [red, green, blue] = self.ink;
        SvgLabel {
            x: self.x,
            y: self.y,
            text: &self.text,
            size: self.lettering.size_px(),
            bold: self.lettering == Lettering::Heading,
            anchor: match self.anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            },
            fill: format!("#{red:02x}{green:02x}{blue:02x}"),
        }
    }

    fn draw(&self, surface: &mut Surface) {
        let [red, green, blue] = self.ink;
        let style = MonoTextStyle::new(self.lettering.bitmap(), Rgb888::new(red, green, blue));
        let alignment = match self.anchor {
            Anchor::Start => Alignment::Left,
            Anchor::Middle => Alignment::Center,
            Anchor::End => Alignment::Right,
        };
        let placed = TextStyleBuilder::new().alignment(alignment).baseline(Baseline::Alphabetic).build();
        let text = in_bitmap_letters(&self.text);
        // The surface cannot fail.
        let Ok(_) = Text::with_text_style(&text, Point::new(self.x, self.y), style, placed).draw(surface);
    }
}

/// The bitmap font knows ISO 8859-1 only.
fn in_bitmap_letters(text: &str) -> String {
    text.replace(['−', '–', '—'], "-").replace('→', "->").replace('≤', "<=").replace('≥', ">=")
}

fn encode_png(image: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .context("a figure cannot be written as PNG")?;
    Ok(bytes)
}

/// Lets `embedded-graphics` draw letters into an image.
struct Surface<'a>(&'a mut RgbImage);

impl OriginDimensions for Surface<'_> {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Surface<'_> {
    type Color = Rgb888;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = embedded_graphics::Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Self::Error> {
        for embedded_graphics::Pixel(point, colour) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(point.x), u32::try_from(point.y))
                && let Some(pixel) = self.0.get_pixel_mut_checked(x, y)
            {
                *pixel = Pixel([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn svg_escapes_and_png_holds_the_letters() {
        let mut canvas = Canvas::new(120, 40);
        canvas.label(60, 20, "a < b → \"c\"", Lettering::Normal, Anchor::Middle, INK);
        let svg = canvas.to_svg("T & t", "alt <script>").unwrap();
        assert!(svg.contains("a &lt; b → &quot;c&quot;") && svg.contains("T &amp; t") && !svg.contains("<script>"));
        let picture = image::load_from_memory(&canvas.to_png().unwrap()).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (120, 40));
        assert!(picture.pixels().any(|pixel| pixel.0 == INK));
    }

    #[test]
    fn drawing_outside_is_ignored() {
        let mut canvas = Canvas::new(4, 4);
        canvas.dot(9, 9, INK);
        canvas.label(0, 0, "far outside", Lettering::Heading, Anchor::End, INK);
        assert!(canvas.to_png().is_ok());
    }
}
