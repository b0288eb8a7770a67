//! Facts for a report about a fault: device, browser, bundle. Nothing about images.

use crate::state::State;
use crate::wanted::Wanted;

pub fn render(state: &State, wanted: &mut Wanted) {
    let Some(diagnosis) = &state.diagnosis else { return };
    let mut facts: Vec<(&str, String)> = diagnosis.of_page.clone();
    facts.push(("language", state.language.code().to_owned()));
    facts.push(("asked for", format!("{:?}", state.asked.backend)));
    if let Some(bundle) = &state.bundle {
        facts.push(("model", format!("{} {}", bundle.id, bundle.version)));
    }
    if let Some((passed, difference)) = state.self_test {
        facts.push(("self-test", format!("passed: {passed}, difference {difference:.1e}")));
    }
    facts.push(("atlas", state.atlas.is_some().to_string()));
    let of_page = facts.into_iter().map(|(name, value)| format!("{name}: {value}\n"));
    let of_engine = diagnosis.of_engine.iter().map(|(name, value)| format!("engine: {name}: {value}\n"));
    let text: String = of_page.chain(of_engine).collect();
    wanted.text("#diagnostics-text", text.trim_end());
}
