//! The readers and the confinement from outside, on honest and on hostile files. Every file is built here.

mod build;
mod confinement;
mod hostile;
mod mutations;
mod shared;
mod word;
