// Prints the rows of a Delta table as NDJSON, read by an engine that is not HotPath.
//   node read-delta.mjs <chdb|duckdb> <table directory> [version]
// chdb reads the table by the Delta kernel (log, checkpoints, deletion vectors and all). DuckDB has no Delta here: the log is
// replayed in this script, and DuckDB reads the files that it names; tables with deletion vectors or mapped columns are
// refused. The packages are looked for in node_modules beside this file, or under $HOTPATH_INTEROP.
// Values stand as in `hotpath table read`: timestamps ISO-8601 with microseconds and Z (timestamp_ntz without), dates
// YYYY-MM-DD, whole numbers and decimals as exact numbers, binary as Base64, NaN and infinities as words, columns in the
// order of the schema. The order of rows is the engine's: sort lines before comparing. Floating-point numbers are spelt as
// JavaScript spells them (1e+21): compare these as numbers.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const [engine, path, version] = process.argv.slice(2);
const table = resolve(path);
const log = join(table, '_delta_log');
const upTo = version === undefined ? Infinity : Number(version);
const names = readdirSync(log).sort();
const commits = names
  .filter((name) => /^\d{20}\.json$/.test(name))
  .map((name) => ({ version: Number(name.slice(0, 20)), name }))
  .filter((commit) => commit.version <= upTo);
const actionsOf = ({ name }) =>
  readFileSync(join(log, name), 'utf8').split('\n').filter((line) => line.trim() !== '').map((line) => JSON.parse(line));

// A value as text (null is null) becomes the JSON of its Delta type.
function toJson(type, text) {
  if (text === null || text === undefined) return 'null';
  if (type === 'float' || type === 'double') {
    if (/nan/i.test(text)) return '"NaN"';
    if (/inf/i.test(text)) return text.startsWith('-') ? '"-Infinity"' : '"Infinity"';
    return Object.is(Number(text), -0) ? '-0' : JSON.stringify(Number(text));
  }
  if (type === 'boolean') return /^(true|1)$/i.test(text) ? 'true' : 'false';
  if (/^(byte|short|integer|long|decimal.*)$/.test(type)) return text;
  if (type === 'timestamp' || type === 'timestamp_ntz') {
    const [whole, fraction = ''] = text.replace(' ', 'T').replace(/(Z|[+-]\d\d(:?\d\d)?)$/, '').split('.');
    return `"${whole}.${fraction.padEnd(6, '0')}${type === 'timestamp' ? 'Z' : ''}"`;
  }
  if (type === 'binary') return JSON.stringify(Buffer.from(text, 'hex').toString('base64'));
  if (type === 'string') return JSON.stringify(Buffer.from(text, 'hex').toString('utf8'));
  return JSON.stringify(text);
}

const print = (fields, texts) => process.stdout.write(
  '{' + fields.map(({ name, type }, i) => `${JSON.stringify(name)}:${toJson(type, texts[i])}`).join(',') + '}\n');

const isText = (type) => type === 'string' || type === 'binary';
const flat = (schema) => schema.fields.filter(({ type }) => typeof type === 'string' && type !== 'void');

async function chdb() {
  const { query } = await load('chdb');
  process.chdir('/');
  const rowsOf = (sql) => query(sql, 'JSONEachRow').toString().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  const text = (value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const written = commits.flatMap(actionsOf).map(({ metaData }) => metaData?.schemaString).filter(Boolean);
  const checkpoint = names.filter((name) => name.endsWith('.checkpoint.parquet')).at(-1);
  const schemaString = written.at(-1) ?? rowsOf(
    `select metaData.schemaString as s from file(${text(join(log, checkpoint))}, Parquet) where s != ''`)[0].s;
  const fields = flat(JSON.parse(schemaString));
  const columns = fields.map(({ name, type }, i) => {
    const column = '`' + name.replaceAll('\\', '\\\\').replaceAll('`', '\\`') + '`';
    if (isText(type)) return `hex(${column}) as c${i}`;
    if (type.startsWith('decimal')) return `toDecimalString(${column}, ${type.match(/, *(\d+)/)?.[1] ?? 0}) as c${i}`;
    if (type === 'timestamp') return `toString(toTimeZone(${column}, 'UTC')) as c${i}`;
    return `toString(${column}) as c${i}`;
  });
  const settings = ['max_threads = 1'].concat(version === undefined ? [] : [`delta_lake_snapshot_version = ${upTo}`]);
  for (const row of rowsOf(`select ${columns.join(', ')} from deltaLakeLocal(${text(table)}) settings ${settings.join(', ')}`)) {
    print(fields, fields.map((_, i) => row[`c${i}`]));
  }
}

async function duckdb() {
  const { DuckDBInstance } = await load('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("set timezone = 'UTC'");
  const rowsOf = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const text = (value) => `'${value.replaceAll("'", "''")}'`;

  const files = new Map();
  let metadata;
  const apply = ({ add, remove, metaData }) => {
    if (metaData) metadata = metaData;
    if (remove) files.delete(decodeURIComponent(remove.path));
    if (add?.deletionVector) throw new Error('the table has deletion vectors');
    if (add) files.set(decodeURIComponent(add.path), add.partitionValues);
  };
  const checkpoint = names.filter((name) => /^\d{20}\.checkpoint\.parquet$/.test(name) && Number(name.slice(0, 20)) <= upTo).at(-1);
  if (checkpoint) {
    const source = text(join(log, checkpoint));
    for (const row of await rowsOf(
      `select metaData.schemaString as schemaString, metaData.partitionColumns as partitionColumns,
         add.path as path, to_json(add.partitionValues)::varchar as partitionValues from ${source}`)) {
      if (row.schemaString) apply({ metaData: { schemaString: row.schemaString, partitionColumns: row.partitionColumns } });
      if (row.path) apply({ add: { path: row.path, partitionValues: JSON.parse(row.partitionValues) } });
    }
  }
  const first = checkpoint ? Number(checkpoint.slice(0, 20)) : -1;
  commits.filter((commit) => commit.version > first).flatMap(actionsOf).forEach(apply);

  const fields = flat(JSON.parse(metadata.schemaString));
  if (fields.some((field) => field.metadata?.['delta.columnMapping.physicalName'])) throw new Error('the table maps columns');
  for (const [file, values] of files) {
    const source = text(join(table, file));
    const present = new Set((await rowsOf(`describe select * from read_parquet(${source}, hive_partitioning = false)`)).map((c) => c.column_name));
    const columns = fields.map(({ name, type }, i) => {
      const column = `"${name.replaceAll('"', '""')}"`;
      if (metadata.partitionColumns.includes(name)) {
        const value = values[name] ?? null;
        return value === null ? `null as c${i}` : isText(type) ? `hex(${text(value)}) as c${i}` : `${text(value)} as c${i}`;
      }
      if (!present.has(name)) return `null as c${i}`;
      return isText(type) ? `hex(${column}) as c${i}` : `${column}::varchar as c${i}`;
    });
    for (const row of await rowsOf(`select ${columns.join(', ')} from read_parquet(${source}, hive_partitioning = false)`)) {
      print(fields, fields.map((_, i) => row[`c${i}`]));
    }
  }
}

await { chdb, duckdb }[engine]();
