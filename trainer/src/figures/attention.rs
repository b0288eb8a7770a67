//! Figure 3 of the thesis: the difference map over the class-activation map, which is called what it is.

use crate::figures::colour::Scale;
use crate::figures::sheet::{Picture, Sheet};
use crate::figures::slices::Sampler;
use crate::figures::{
    CHANGE_LABEL, COMPARED_SLICES, Figure, FigureStyle, GroupMaps, brain_figure, change_scale, first_of, grid_and_unit,
    mean_of, name, people, show_person,
};
use anyhow::Result;
use shared::explain::Direction;
use shared::model::Pooling;

/// Attention below this is not coloured.
const ATTENTION_THRESHOLD: f32 = 0.3;

/// Which class-activation map a classifier's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Each channel has one weight for all positions: Grad-CAM (Selvaraju et al. 2017).
    GradCam,
    /// Each cell has weights of its own, so none can stand for a channel: gradient times activation, position by position,
    /// HiResCAM (Draelos and Carin 2020, arXiv 2011.08891), summed over each cell.
    HiResCam,
}

impl Attention {
    /// That of a classifier whose last layer weighs these means.
    pub fn of(pooling: Pooling) -> Self {
        match pooling {
            Pooling::Grid => Attention::GradCam,
            Pooling::Cells { .. } => Attention::HiResCam,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Attention::GradCam => "Grad-CAM",
            Attention::HiResCam => "HiResCAM",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Attention::GradCam => "Grad-CAM says where it looked, as coarsely as its last layer sees",
            Attention::HiResCam => {
                "HiResCAM (gradient times activation, place by place, summed over the cells that the classifier weighs) \
                 says which cells spoke for its answer"
            }
        }
    }
}

/// The difference map over the class-activation map, the same slices in the same columns.
pub fn difference_and_attention(directions: &[GroupMaps], attention: Attention, style: FigureStyle) -> Result<Figure> {
    let first = first_of(directions)?;
    let change = change_scale(directions.iter().map(|direction| direction.difference));
    let scale = Scale::Attention { threshold: ATTENTION_THRESHOLD };
    let slices_mm = Sampler::new(first.original)?.axial_slices_mm(COMPARED_SLICES);
    let mut sheet = Sheet::new(first.original, style.mask, style.stamp)?;
    for direction in directions {
        let anatomy = direction.original;
        let group = if direction.direction == Direction::YoungToOld { "young" } else { "old" };
        sheet.heading(&format!("{}: difference map", name(direction.direction)), &mean_of(direction));
        sheet.slices(
            Picture { anatomy, map: Some((direction.difference, change)) },
            &slices_mm,
            COMPARED_SLICES as u32,
        )?;
        sheet.heading(&format!("{} of the same {group} subjects", attention.name()), "class that the classifier chose");
        sheet.slices(Picture { anatomy, map: Some((direction.cam, scale)) }, &slices_mm, COMPARED_SLICES as u32)?;
    }
    let label = format!("{}, relative (no unit): mean of maps whose strongest place is 1", attention.name());
    sheet.bars(&[(Some(change), CHANGE_LABEL), (Some(scale), &label)]);
    let shown = if style.mask.is_some() { "Both are shown inside the brain mask only. " } else { "" };
    let caption = format!(
        "Both maps explain the same classifier. {}; the difference map says what would have to change there. They have \
         different units and must not be compared by colour. {shown}{} {}",
        attention.in_words(),
        people(directions),
        grid_and_unit(first.difference, change)
    );
    let title = format!("Difference map and {}", attention.name());
    brain_figure("difference_and_cam", &title, caption, sheet, show_person(directions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::{Affine, Volume};

    const SHAPE: [usize; 3] = [9, 11, 4];

    /// `value` where x lies in `range`, in voxels; 0 elsewhere.
    fn columns(range: std::ops::RangeInclusive<usize>, value: f32) -> Volume {
        let voxels: usize = SHAPE.iter().product();
        let data = (0..voxels).map(|index| if range.contains(&(index % SHAPE[0])) { value } else { 0.0 }).collect();
        Volume::new(SHAPE, data, Affine::from_spacing_origin([2.0; 3], [-8.0, -10.0, 4.0]))
    }

    fn drawn(cam: &Volume, attention: Attention) -> Figure {
        let (gm, change, mask) = (columns(2..=6, 0.8), columns(2..=6, -0.1), columns(2..=6, 1.0));
        let maps = GroupMaps {
            direction: Direction::YoungToOld,
            subjects: 12,
            original: &gm,
            translated: &gm,
            difference: &change,
            cam,
            probability_old: None,
        };
        difference_and_attention(&[maps], attention, FigureStyle { mask: Some(&mask), stamp: None }).unwrap()
    }

    #[test]
    fn is_called_what_it_is() {
        let cells = Pooling::Cells { voxels: 4, counts: [2, 2, 4] };
        assert_eq!([Attention::of(Pooling::Grid), Attention::of(cells)], [Attention::GradCam, Attention::HiResCam]);
        let cam = columns(4..=4, 1.0);
        for (attention, right, wrong) in
            [(Attention::GradCam, "Grad-CAM", "HiResCAM"), (Attention::HiResCam, "HiResCAM", "Grad-CAM")]
        {
            let figure = drawn(&cam, attention);
            assert!(figure.title.contains(right) && figure.caption.contains(right));
            assert!(figure.svg.contains(&format!("{right}, relative")) && !figure.svg.contains(wrong));
        }
    }

    #[test]
    fn nothing_is_shown_outside_the_mask() {
        let nowhere = drawn(&columns(4..=4, 0.0), Attention::HiResCam);
        // One voxel lies between: values are interpolated between neighbours.
        assert_eq!(drawn(&columns(8..=8, 1.0), Attention::HiResCam).png, nowhere.png);
        assert_ne!(drawn(&columns(4..=4, 1.0), Attention::HiResCam).png, nowhere.png);
    }
}
