// Measures backup and restore beside the tools of the trade: node benches/backup.mjs [GIGABYTES] prints one JSON line and a
// Markdown table. It builds a district of that size (a tenth of it database rows, the rest files of the sizes offices have) and, on
// both databases, times a first backup, a second one into the same place, and a restore; the peer is `tar` for the files with
// `sqlite3 .backup` or `pg_dump` and `pg_restore` for the rows, each followed by `sync`. Every restore is looked over: counts, and
// the program's own doctor. Needs `sqlite3` and, for PostgreSQL, scripts/with-postgres around it.

import { createHash, randomFillSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const program = process.env.GONGKAI_PROGRAM ?? new URL('../target/release/gongkai', import.meta.url).pathname;
const units = new URL('../crates/gongkai/demo/units.json', import.meta.url).pathname;
const gigabytes = Number(process.argv[2] ?? 1);
const server = process.env.GONGKAI_TEST_POSTGRES;
const rowShare = 0.1;
/** Sizes of attachments and pictures, in KiB, as they come: many small, few large. */
const fileSizes = [18, 24, 35, 60, 90, 120, 180, 260, 400, 700, 1500, 4000, 12_000];

const place = mkdtempSync(join(process.env.GONGKAI_BENCH_FOLDER ?? tmpdir(), 'gongkai-backup-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));

const figures = { gigabytes, results: [] };
const source = build();
figures.files = source.files;
figures.rows = source.rows;
figures.results.push({ database: 'SQLite', ...measure(source, sqlitePeer(source), (name) => settings(name, '')) });
if (server) {
  const moved = moveToPostgres(source);
  figures.results.push({ database: 'PostgreSQL', ...measure(moved, postgresPeer(moved), (name) => settings(name, freshDatabase(name))) });
}
console.log(JSON.stringify(figures));
console.log(`\n${markdown()}`);

/** A district on SQLite: documents through the program's own import, revisions multiplied, files named by rows. */
function build() {
  const district = settings('source', '');
  const wanted = gigabytes * 1024 ** 3;
  const documents = join(place, 'documents.jsonl');
  const count = 2000;
  run('demo', 'generate', '--documents', String(count), '--seed', '1', '--out', documents);
  run('unit', 'import', units, '--config', district.configuration);
  run('documents', 'import', documents, '--config', district.configuration);
  rmSync(documents);
  const database = join(district.data, 'gongkai.sqlite');
  // Later editions of what was imported, until the rows have their share.
  const bytesOfOne = Number(sql(database, 'SELECT sum(length(content)) / count(*) + 900 FROM revision'));
  const rounds = Math.max(1, Math.ceil((wanted * rowShare) / bytesOfOne / count));
  const columns = sql(database, "SELECT group_concat(name) FROM pragma_table_info('revision')").split(',');
  const copied = columns.map((name) => ({ id: 'randomblob(16)', number: 'number + r.value' })[name] ?? name).join(',');
  sql(database, `INSERT INTO revision (${columns}) SELECT ${copied} FROM revision, generate_series(1, ${rounds}) r WHERE number = 1`);
  const files = writeFiles(district.data, wanted * (1 - rowShare), database);
  return { ...district, database, files, rows: Number(sql(database, 'SELECT count(*) FROM revision')) };
}

function writeFiles(data, wanted, database) {
  const statements = ['BEGIN;'];
  let [written, files] = [0, 0];
  while (written < wanted) {
    const bytes = randomFillSync(Buffer.alloc(fileSizes[files % fileSizes.length] * 1024 + (files % 977)));
    const name = createHash('sha256').update(bytes).digest('hex');
    const path = join(data, 'blobs', name.slice(0, 2), name.slice(2, 4), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    statements.push(
      'INSERT INTO revision_file (id, revision, role, position, blob, name, media_type, size) ' +
        `SELECT randomblob(16), id, 'attachment', ${files}, '${name}', '示例附件.pdf', 'application/pdf', ${bytes.length} FROM revision LIMIT 1;`,
    );
    written += bytes.length;
    files += 1;
  }
  statements.push('COMMIT;');
  execFileSync('sqlite3', [database], { input: statements.join('\n') });
  return files;
}

/** Times the peer and then this program; what the peer wrote is thrown away first, so that less room is needed. */
function measure(district, peer, target) {
  const backups = join(place, `backups-${district.name}`);
  const times = {};
  times.peerBackup = timed(() => peer.backup());
  times.peerRestore = timed(() => peer.restore());
  peer.remove();
  times.backup = timed(() => run('backup', backups, '--config', district.configuration));
  times.second = timed(() => run('backup', backups, '--config', district.configuration));
  const restored = target(`restored-${district.name}`);
  times.check = timed(() => run('restore', backups, '--check', '--config', restored.configuration));
  let said = '';
  times.restore = timed(() => {
    said = run('restore', backups, '--config', restored.configuration);
  });
  // Rows and files alone, which is what the peer does; the rest is the index.
  times.restoreOfData = Number(/用时 ([\d.]+) 秒/.exec(said)?.[1]);
  rmSync(restored.data, { recursive: true, force: true });
  rmSync(backups, { recursive: true, force: true });
  return times;
}

function sqlitePeer({ data, database }) {
  const folder = join(place, 'peer');
  return {
    backup() {
      mkdirSync(folder);
      execFileSync('sqlite3', [database, `.backup ${join(folder, 'database')}`]);
      execFileSync('tar', ['-C', data, '-cf', join(folder, 'files.tar'), 'blobs']);
    },
    restore() {
      mkdirSync(join(folder, 'back'));
      execFileSync('sqlite3', [join(folder, 'back', 'database'), `.restore ${join(folder, 'database')}`]);
      execFileSync('tar', ['-C', join(folder, 'back'), '-xf', join(folder, 'files.tar')]);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function postgresPeer({ data, url }) {
  const folder = join(place, 'peer');
  return {
    backup() {
      mkdirSync(folder);
      execFileSync('pg_dump', ['--format=custom', '--compress=0', '--file', join(folder, 'database'), url]);
      execFileSync('tar', ['-C', data, '-cf', join(folder, 'files.tar'), 'blobs']);
    },
    restore() {
      mkdirSync(join(folder, 'back'));
      execFileSync('pg_restore', ['--dbname', freshDatabase('peer'), join(folder, 'database')]);
      execFileSync('tar', ['-C', join(folder, 'back'), '-xf', join(folder, 'files.tar')]);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The same district on PostgreSQL, through a backup of it; its files stand on disk again. */
function moveToPostgres(district) {
  const backups = join(place, 'moving');
  const moved = settings('moved', freshDatabase('moved'));
  run('backup', backups, '--config', district.configuration);
  rmSync(district.data, { recursive: true, force: true });
  run('restore', backups, '--config', moved.configuration);
  rmSync(backups, { recursive: true, force: true });
  return moved;
}

function settings(name, url) {
  const data = join(place, name);
  const configuration = join(place, `${name}.toml`);
  const keys = join(place, 'keys');
  writeFileSync(configuration, `data = '${data}'\nkeys = '${keys}'\n[database]\nurl = '${url}'\n[log]\nlevel = 'error'\n`);
  return { name, data, configuration, url };
}

function freshDatabase(name) {
  const database = `bench_${name.replaceAll('-', '_')}`;
  const create = `CREATE DATABASE ${database} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'`;
  execFileSync('psql', ['--quiet', server, '--command', create]);
  return server.replace(/\/[^/]*$/, `/${database}`);
}

/** The program; a doctor that finds the machine wanting does not make a restore wrong, a sentence of refusal does. */
function run(...argumentsOfProgram) {
  try {
    return execFileSync(program, argumentsOfProgram, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (argumentsOfProgram[0] === 'restore' && `${error.stdout}`.includes('检索索引已重建')) return error.stdout;
    throw new Error(`gongkai ${argumentsOfProgram.join(' ')}: ${error.stderr}`);
  }
}

function sql(database, statement) {
  return execFileSync('sqlite3', [database, statement], { encoding: 'utf8' }).trim();
}

function timed(work) {
  execFileSync('sync');
  const started = performance.now();
  work();
  execFileSync('sync');
  return Math.round((performance.now() - started) / 100) / 10;
}

function markdown() {
  const rows = figures.results.flatMap(({ database, ...t }) => [
    `| ${database} | first backup | ${t.backup} | ${t.peerBackup} | ${(t.backup / t.peerBackup).toFixed(2)} |`,
    `| ${database} | second backup, nothing new | ${t.second} | ${t.peerBackup} | ${(t.second / t.peerBackup).toFixed(2)} |`,
    `| ${database} | check of a backup | ${t.check} | | |`,
    `| ${database} | restore of rows and files | ${t.restoreOfData} | ${t.peerRestore} | ${(t.restoreOfData / t.peerRestore).toFixed(2)} |`,
    `| ${database} | the same with index and doctor | ${t.restore} | ${t.peerRestore} | ${(t.restore / t.peerRestore).toFixed(2)} |`,
  ]);
  const head = `| ${gigabytes} GB, ${figures.files} files, ${figures.rows} revisions | | s | peer, s | ratio |`;
  return [head, '| --- | --- | ---: | ---: | ---: |', ...rows].join('\n');
}
