//! What a run says of itself beside its weights, and whether that is good enough for a bundle.

use crate::evaluation::checks::{SelfCheck, self_checks};
use crate::failure::unusable;
use crate::measures::summary::Summary;
use crate::training::config::TrainingConfig;
use crate::training::control::Control;
use crate::training::run_folder::{RunFolder, RunRecord};
use anyhow::Result;
use std::path::Path;

/// What a run says of itself beside its weights.
pub struct Account {
    pub record: RunRecord,
    pub config: TrainingConfig,
    pub test: Summary,
    pub control: Option<Control>,
    pub checks: Vec<SelfCheck>,
}

/// Record, configuration, measures and self-checks of a finished run.
pub fn read_account(run: &RunFolder) -> Result<Account> {
    let record = run.read_record()?;
    let config = run.read_config()?;
    if !run.test().exists() {
        return Err(unusable(format!("{}: not finished; continue with `trainer train --resume`", run.path.display())));
    }
    let test: Summary = run.read_json(&run.test())?;
    let control: Option<Control> = run.read_json_if_there(&run.permuted_labels())?;
    let checks = self_checks(&test, control.as_ref());
    Ok(Account { record, config, test, control, checks })
}

/// Refuses a run that failed a self-check, unless told otherwise; whether it was told otherwise and needed it.
pub fn check(checks: &[SelfCheck], run: &Path, force: bool) -> Result<bool> {
    let failed: Vec<String> = checks.iter().filter(|check| !check.passed).map(in_words).collect();
    if failed.is_empty() {
        return Ok(false);
    }
    let told = format!("{}: {} of {} self-checks failed", run.display(), failed.len(), checks.len());
    let listed = failed.join("\n  ");
    if !force {
        return Err(unusable(format!("{told}:\n  {listed}\ncorrect the run, or export it as it is with --force")));
    }
    eprintln!("warning: {told}, exported all the same; its manifest says so:\n  {listed}");
    Ok(true)
}

fn in_words(check: &SelfCheck) -> String {
    format!("not met: {} (found {}, required {}); {}", check.name, check.found, check.wanted, check.remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn self_check(name: &'static str, passed: bool) -> SelfCheck {
        SelfCheck { name, passed, found: "0.2".into(), wanted: "0.5".into(), remedy: "train longer".into() }
    }

    #[test]
    fn a_failed_check_stops_the_export_and_force_does_not() {
        let run = Path::new("a-run");
        let checks = [self_check("the first", true), self_check("the second", false)];
        assert!(!check(&checks[..1], run, false).unwrap());
        assert!(!check(&checks[..1], run, true).unwrap());
        assert!(check(&checks, run, true).unwrap());
        let refusal = check(&checks, run, false).unwrap_err();
        assert_eq!(crate::failure::exit_code(&refusal), 2);
        let said = refusal.to_string();
        assert!(
            said.contains("not met: the second (found 0.2, required 0.5); train longer") && !said.contains("the first")
        );
    }
}
