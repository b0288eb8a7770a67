//! `--shard I/N`: one of N equal parts of a cohort's subjects, for N jobs that run side by side.

use std::str::FromStr;

/// Part `number` (from 1) of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    count: usize,
}

impl Shard {
    /// Keeps the subjects of this part: every `count`-th in order of id, so that the parts do not depend on the order
    /// of a table, and all jobs agree on them.
    pub(super) fn keep<T>(self, mut subjects: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
        subjects.sort_by(|a, b| id(a).cmp(id(b)));
        let mine = |(position, subject)| (position % self.count == self.number - 1).then_some(subject);
        subjects.into_iter().enumerate().filter_map(mine).collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Shard { number, count }),
            _ => Err("give I/N, part I of N parts, with I from 1 to N, such as 3/20".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everyone_once_whatever_the_order() {
        let ids = ["c", "a", "e", "b", "d"];
        let part = |text: &str, ids: Vec<&'static str>| text.parse::<Shard>().expect("shard").keep(ids, |id| *id);
        assert_eq!(part("1/2", ids.to_vec()), ["a", "c", "e"]);
        assert_eq!(part("2/2", ids.iter().rev().copied().collect()), ["b", "d"]);
        assert_eq!(part("1/1", ids.to_vec()).len(), 5);
        assert!(part("7/9", ids.to_vec()).is_empty());
    }

    #[test]
    fn parts_that_do_not_exist_are_refused() {
        for text in ["0/3", "4/3", "text", "1", "/", "1/0", "-1/3", "1/2/3", "1.5/3", ""] {
            assert!(text.parse::<Shard>().is_err_and(|reason| reason.contains("3/20")), "{text}");
        }
    }
}
