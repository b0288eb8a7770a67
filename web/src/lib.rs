//! The page and its worker: what they say to each other, and the page's logic that needs no browser.
//!
//! Two programs are built from this crate. `page` owns the document and never computes for long; `worker` owns the
//! models and never sees the document. Everything here is plain data and text, and is tested natively.

#![warn(clippy::unwrap_used)]

pub mod address;
pub mod aim;
pub mod animation;
pub mod beside;
pub mod card;
pub mod checks;
pub mod cohort;
pub mod confined;
pub mod dicom;
pub mod embed;
pub mod export;
mod forms;
pub mod glance;
pub mod inputs;
pub mod inside;
pub mod language;
mod lesson_words;
pub mod lessons;
pub mod maps;
pub mod origin;
pub mod panels;
pub mod pieces;
pub mod practice;
pub mod practice_words;
pub mod prepared;
pub mod progress;
pub mod protocol;
pub mod qr_code;
pub mod regions;
pub mod result;
pub mod roles;
pub mod share;
pub mod told;
pub mod verdict;
pub mod wording;

#[cfg(test)]
mod language_files;
#[cfg(test)]
mod said_tests;
