//! Stories of the breakdown, each on SQLite and on PostgreSQL.

mod adopting;
mod assigning;
mod board;
mod evidence;
mod importing;
mod pages;
mod seed;
mod successors;
mod support;
