//! Keys and what they seal, in a database.

use std::sync::Arc;

use kit::account::Actor;
use kit::seal::{self, Ciphertext, Keyring, Purpose, Sealed};
use kit::{Error, Site};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    an_exchange_reaches_every_value_and_the_old_key_can_go,
    an_exchange_cut_short_goes_on,
    a_destroyed_key_takes_its_values_with_it,
    a_key_in_use_or_with_values_is_not_destroyed_by_accident,
    another_keyring_is_refused_at_start,
    equal_values_are_found_by_their_index_before_during_and_after_an_exchange,
    a_second_process_opens_what_the_first_sealed_with_a_new_key,
);

/// Stores a note with a sealed name and its blind index.
async fn note(site: &Site, name: &str) -> Uuid {
    let id = Uuid::now_v7();
    let sealed = Sealed::new(name.to_string());
    let name_cell = site
        .keys
        .seal(Purpose::Data, &seal::context("note", "name", id), &sealed)
        .unwrap();
    let index = site.keys.blind_index("note.name_index", name).unwrap();
    let (cell, index) = (&name_cell, &index);
    site.write(&program(), |tx| async move {
        tx.housekeeping();
        let sql = "INSERT INTO note (id, name, name_index) VALUES ($1, $2, $3)";
        let values = [id.into(), cell.as_str().into(), index.as_str().into()];
        let statement = Statement::from_sql_and_values(tx.on().get_database_backend(), sql, values);
        tx.on().execute_raw(statement).await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    id
}

async fn cell(site: &Site, id: Uuid, column: &str) -> String {
    let sql = format!("SELECT {column} FROM note WHERE id = $1");
    let statement = Statement::from_sql_and_values(site.db.backend(), sql, [id.into()]);
    let row = site.db.read().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn name_of(site: &Site, id: Uuid) -> kit::Result<String> {
    let stored = Ciphertext::parse(&cell(site, id, "name").await)?;
    let opened = site.keys.open::<String>(&seal::context("note", "name", id), &stored)?;
    Ok(opened.expose().clone())
}

fn key_of(site: &Site, purpose: Purpose) -> String {
    let keys = site.keys.keys().unwrap();
    let active = |k: &&seal::KeyInfo| k.purpose == purpose && k.state == seal::KeyState::Active;
    keys.iter().find(active).unwrap().id.clone()
}

async fn exchange(site: &Site, by: &Actor, purpose: Purpose) -> seal::Progress {
    seal::rotate(site, by, purpose).await.unwrap();
    seal::reseal(site, by, purpose, |_| {}).await.unwrap()
}

async fn an_exchange_reaches_every_value_and_the_old_key_can_go(bench: Bench) {
    let site = &bench.site;
    let mut notes = Vec::new();
    for n in 0..230 {
        notes.push((note(site, &format!("示例{n}")).await, format!("示例{n}")));
    }
    let old = key_of(site, Purpose::Data);
    assert_eq!(seal::values_under(site, &old).await.unwrap(), 230);
    let progress = exchange(site, &program(), Purpose::Data).await;
    assert_eq!((progress.sealed, progress.lost), (230, 0));
    assert_eq!(seal::values_under(site, &old).await.unwrap(), 0);
    assert_eq!(seal::destroy(site, &program(), &old, false).await.unwrap(), 0);
    for (id, name) in notes {
        assert_eq!(name_of(site, id).await.unwrap(), name);
    }
    for action in ["keys.rotate", "keys.reseal", "keys.destroy"] {
        let sql = format!("SELECT count(*) FROM audit_entry WHERE action = '{action}'");
        assert_eq!(bench.number(&sql, []).await, 1, "{action}");
    }
}

async fn an_exchange_cut_short_goes_on(bench: Bench) {
    let site = &bench.site;
    for n in 0..150 {
        note(site, &n.to_string()).await;
    }
    let old = key_of(site, Purpose::Data);
    seal::rotate(site, &program(), Purpose::Data).await.unwrap();
    // Cut short after the first chunk, as by a kill: the future is dropped at its next step.
    let started = Arc::new(tokio::sync::Notify::new());
    let (told, by) = (started.clone(), program());
    tokio::select! {
        biased;
        () = started.notified() => {}
        _ = seal::reseal(site, &by, Purpose::Data, move |_| told.notify_one()) => {}
    }
    let left = seal::values_under(site, &old).await.unwrap();
    assert!(left < 150, "something was done");
    let progress = seal::reseal(site, &program(), Purpose::Data, |_| {}).await.unwrap();
    assert_eq!(progress.sealed, left, "only what was left is sealed anew");
    assert_eq!(seal::values_under(site, &old).await.unwrap(), 0);
}

async fn a_destroyed_key_takes_its_values_with_it(bench: Bench) {
    let site = &bench.site;
    let id = note(site, "示例甲").await;
    let old = key_of(site, Purpose::Data);
    seal::rotate(site, &program(), Purpose::Data).await.unwrap();
    let later = note(site, "示例乙").await;
    assert_eq!(seal::destroy(site, &program(), &old, true).await.unwrap(), 1);
    assert!(matches!(name_of(site, id).await, Err(Error::Refused { .. })));
    assert_eq!(name_of(site, later).await.unwrap(), "示例乙");
    let progress = seal::reseal(site, &program(), Purpose::Data, |_| {}).await.unwrap();
    assert_eq!((progress.sealed, progress.lost), (0, 1), "what is lost stays as it is");
    // The program starts again, and does not ask for a key that was destroyed on purpose.
    bench.second_process().await.migrate().await.unwrap();
}

async fn a_key_in_use_or_with_values_is_not_destroyed_by_accident(bench: Bench) {
    let site = &bench.site;
    let id = note(site, "示例甲").await;
    let old = key_of(site, Purpose::Data);
    for (key, accept) in [(old.as_str(), false), (&old, true), ("0000000000", true)] {
        assert!(seal::destroy(site, &program(), key, accept).await.is_err(), "{key}");
    }
    seal::rotate(site, &program(), Purpose::Data).await.unwrap();
    let refused = seal::destroy(site, &program(), &old, false).await.unwrap_err();
    assert!(refused.to_string().contains("1 项"), "{refused}");
    assert_eq!(name_of(site, id).await.unwrap(), "示例甲");
}

async fn another_keyring_is_refused_at_start(bench: Bench) {
    let mut other = bench.second_process().await;
    other.keys = Keyring::in_memory().unwrap();
    let refused = other.migrate().await.unwrap_err();
    assert!(
        refused.to_string().contains(&key_of(&bench.site, Purpose::Data)),
        "{refused}"
    );
}

async fn equal_values_are_found_by_their_index_before_during_and_after_an_exchange(bench: Bench) {
    let site = &bench.site;
    let id = note(site, "13800000000").await;
    note(site, "13900000000").await;
    let found = || async {
        let wanted = site.keys.blind_indexes("note.name_index", "13800000000").unwrap();
        wanted.contains(&cell(site, id, "name_index").await)
    };
    assert!(found().await);
    let old = key_of(site, Purpose::Index);
    seal::rotate(site, &program(), Purpose::Index).await.unwrap();
    assert!(found().await, "the old index is still known");
    seal::reseal(site, &program(), Purpose::Index, |_| {}).await.unwrap();
    seal::destroy(site, &program(), &old, false).await.unwrap();
    assert!(found().await, "made anew");
    assert_eq!(name_of(site, id).await.unwrap(), "13800000000");
}

async fn a_second_process_opens_what_the_first_sealed_with_a_new_key(bench: Bench) {
    let server = bench.second_process().await;
    seal::rotate(&bench.site, &program(), Purpose::Data).await.unwrap();
    let id = note(&bench.site, "示例甲").await;
    assert_eq!(name_of(&server, id).await.unwrap(), "示例甲");
}
