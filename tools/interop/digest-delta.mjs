// What engines that are not HotPath find in a Delta table, in a form that can be compared exactly.
//   node digest-delta.mjs <engine,engine,...> <table directory> [--rows] [--by <whole number column>:<parts>]
// Engines: chdb (the Delta kernel: log, checkpoints and all), duckdb and hyparquet (no Delta: the log is replayed in this
// script, its checkpoint read by the same engine, then the files that it names). Prints for each engine a line
// `engine <rows> <digest>`, and with --rows before it the rows themselves, one per line. --by lets chdb, which answers in one
// text, read a large table in parts. The packages are looked for as in read-delta.mjs.
//
// A row is the texts of its columns in the order of the schema, with U+001F between. null is N; whole numbers are decimal;
// boolean 0 or 1; date days and timestamps microseconds since 1970; float and double the 16 hexadecimal digits of the double,
// or NaN; decimals with all digits of their scale; text and binary the hexadecimal digits of their bytes behind an x.
// The digest adds up a hash of each row, so the order of rows does not matter.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const [engines, path, ...options] = process.argv.slice(2);
const printsRows = options.includes('--rows');
const by = options.includes('--by') ? options[options.indexOf('--by') + 1].split(':') : undefined;
const table = resolve(path);
const log = join(table, '_delta_log');
const names = readdirSync(log).sort();
const actionsOf = (name) =>
  readFileSync(join(log, name), 'utf8').split('\n').filter((line) => line.trim() !== '').map((line) => JSON.parse(line));

const bits = new DataView(new ArrayBuffer(8));
function real(value) {
  if (Number.isNaN(value)) return 'NaN';
  bits.setFloat64(0, value);
  return bits.getBigUint64(0).toString(16).padStart(16, '0');
}
function realOfBits(text) {
  bits.setBigUint64(0, BigInt(text));
  return real(bits.getFloat64(0));
}
function decimal(unscaled, scale) {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return (unscaled < 0n ? '-' : '') + (scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}
const hex = (bytes) => 'x' + Buffer.from(bytes).toString('hex');
const scaleOf = (type) => Number(type.match(/, *(\d+)\)/)?.[1] ?? 0);

// A partition value stands in the log as text.
function ofLog(type, text) {
  if (text === null || text === undefined || (text === '' && type !== 'string')) return 'N';
  if (type === 'string' || type === 'binary') return hex(Buffer.from(text, 'utf8'));
  if (type === 'float') return real(Math.fround(Number(text)));
  if (type === 'double') return real(Number(text));
  if (type === 'boolean') return text === 'true' ? '1' : '0';
  if (type === 'date') return String(Date.parse(`${text}T00:00:00Z`) / 86_400_000);
  if (type.startsWith('timestamp')) {
    const [whole, fraction = ''] = text.replace(' ', 'T').replace(/Z$/, '').split('.');
    return String(BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0')));
  }
  return text;
}

class Digest {
  rows = 0; one = 0; two = 0;
  constructor(engine) { this.engine = engine; }
  add(texts) {
    const row = texts.join('\u001f');
    let h1 = 0x811c9dc5, h2 = 0x9e3779b9;
    for (let i = 0; i < row.length; i++) {
      const c = row.charCodeAt(i);
      h1 = Math.imul(h1 ^ c, 0x01000193);
      h2 = Math.imul(h2 ^ c, 0x85ebca6b);
      h2 = (h2 << 13) | (h2 >>> 19);
    }
    this.rows++;
    this.one = (this.one + (h1 >>> 0)) >>> 0;
    this.two = (this.two + (h2 >>> 0)) >>> 0;
    if (printsRows) process.stdout.write(`${this.engine}\t${row}\n`);
  }
  print() { process.stdout.write(`${this.engine} ${this.rows} ${this.one}-${this.two}\n`); }
}

async function chdb(digest) {
  const { query } = await load('chdb');
  process.chdir('/');
  const linesOf = (sql) => query(sql, 'JSONCompactEachRow').toString().split('\n').filter((line) => line !== '');
  const text = (value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const written = names.filter((name) => /^\d{20}\.json$/.test(name)).flatMap(actionsOf).map(({ metaData }) => metaData?.schemaString);
  const checkpoint = names.filter((name) => name.endsWith('.checkpoint.parquet')).at(-1);
  const schemaString = written.filter(Boolean).at(-1) ?? JSON.parse(linesOf(
    `select metaData.schemaString as s from file(${text(join(log, checkpoint))}, Parquet) where s != ''`)[0])[0];
  const fields = JSON.parse(schemaString).fields;
  const columns = fields.map(({ name, type }) => {
    const column = '`' + name.replaceAll('\\', '\\\\').replaceAll('`', '\\`') + '`';
    if (type === 'string' || type === 'binary') return `hex(${column})`;
    if (type === 'float' || type === 'double') return `toString(reinterpretAsUInt64(toFloat64(${column})))`;
    if (type === 'boolean') return `toString(toUInt8(${column}))`;
    if (type === 'date') return `toString(toInt32(${column}))`;
    if (type.startsWith('timestamp')) return `toString(toUnixTimestamp64Micro(${column}))`;
    if (type.startsWith('decimal')) return `toDecimalString(${column}, ${scaleOf(type)})`;
    return `toString(${column})`;
  });
  const canonical = ({ type }, value) => {
    if (value === null) return 'N';
    if (type === 'string' || type === 'binary') return `x${value.toLowerCase()}`;
    return type === 'float' || type === 'double' ? realOfBits(value) : value;
  };
  for (let part = 0; part < (by ? Number(by[1]) : 1); part++) {
    const where = by ? `where positiveModulo(${by[0]}, ${by[1]}) = ${part}` : '';
    for (const line of linesOf(`select ${columns.join(', ')} from deltaLakeLocal(${text(table)}) ${where} settings max_threads = 1`)) {
      const values = JSON.parse(line);
      digest.add(fields.map((field, i) => canonical(field, values[i])));
    }
  }
}

/** Replays the log; the checkpoint's rows come from the engine that is tried. */
async function stateOf(rowsOfCheckpoint) {
  const files = new Map();
  let metadata;
  const apply = ({ add, remove, metaData }) => {
    if (metaData) metadata = metaData;
    if (remove) files.delete(decodeURIComponent(remove.path));
    if (add) files.set(decodeURIComponent(add.path), add.partitionValues);
  };
  const checkpoint = names.filter((name) => /^\d{20}\.checkpoint\.parquet$/.test(name)).at(-1);
  if (checkpoint) (await rowsOfCheckpoint(join(log, checkpoint))).forEach(apply);
  const first = checkpoint ? Number(checkpoint.slice(0, 20)) : -1;
  names.filter((name) => /^\d{20}\.json$/.test(name) && Number(name.slice(0, 20)) > first).flatMap(actionsOf).forEach(apply);
  return { files, partitions: metadata.partitionColumns, fields: JSON.parse(metadata.schemaString).fields };
}

async function duckdb(digest) {
  const { DuckDBInstance } = await load('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("set timezone = 'UTC'");
  const rowsOf = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const text = (value) => `'${value.replaceAll("'", "''")}'`;
  const { files, partitions, fields } = await stateOf(async (file) => (await rowsOf(
    `select metaData.schemaString as schemaString, metaData.partitionColumns as partitionColumns,
       add.path as path, to_json(add.partitionValues)::varchar as partitionValues from ${text(file)}`)).map((row) => ({
    metaData: row.schemaString ? { schemaString: row.schemaString, partitionColumns: row.partitionColumns } : undefined,
    add: row.path ? { path: row.path, partitionValues: JSON.parse(row.partitionValues) } : undefined,
  })));
  for (const [file, values] of files) {
    const source = `read_parquet(${text(join(table, file))}, hive_partitioning = false)`;
    const present = new Set((await rowsOf(`describe select * from ${source}`)).map((c) => c.column_name));
    const columns = fields.map(({ name, type }) => {
      const column = `"${name.replaceAll('"', '""')}"`;
      if (partitions.includes(name) || !present.has(name)) return 'null';
      if (type === 'string' || type === 'binary') return `hex(${column})`;
      if (type === 'float' || type === 'double') return `${column}::double`;
      if (type === 'boolean') return `(${column}::integer)::varchar`;
      if (type === 'date') return `(${column} - date '1970-01-01')::varchar`;
      if (type.startsWith('timestamp')) return `epoch_us(${column})::varchar`;
      return `${column}::varchar`;
    });
    const result = await connection.stream(`select ${columns.join(', ')} from ${source}`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const row of chunk.getRows()) {
        digest.add(fields.map(({ name, type }, i) => {
          if (partitions.includes(name)) return ofLog(type, values[name]);
          if (row[i] === null) return 'N';
          if (type === 'string' || type === 'binary') return `x${row[i].toLowerCase()}`;
          return type === 'float' || type === 'double' ? real(row[i]) : row[i];
        }));
      }
    }
  }
}

async function hyparquet(digest) {
  const { asyncBufferFromFile, parquetReadObjects, parquetMetadataAsync } = await load('hyparquet');
  const { compressors } = await load('hyparquet-compressors');
  const raw = (n) => n;
  const parsers = {
    timestampFromMilliseconds: (n) => n * 1000n, timestampFromMicroseconds: raw, timestampFromNanoseconds: (n) => n / 1000n,
    dateFromDays: raw, stringFromBytes: (bytes) => bytes, jsonFromBytes: raw,
  };
  const { files, partitions, fields } = await stateOf(async (path) => {
    const file = await asyncBufferFromFile(path);
    return (await parquetReadObjects({ file, compressors })).map(({ add, remove, metaData }) => ({
      metaData: metaData ?? undefined, add: add ?? undefined, remove: remove ?? undefined,
    }));
  });
  for (const [path, values] of files) {
    const file = await asyncBufferFromFile(join(table, path));
    const metadata = await parquetMetadataAsync(file);
    // Decimals as they are stored: this reader would make doubles of them.
    for (const element of metadata.schema.filter((one) => one.converted_type === 'DECIMAL')) {
      delete element.converted_type;
      delete element.logical_type;
    }
    const present = new Set(metadata.schema.slice(1).map(({ name }) => name));
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      for (const row of await parquetReadObjects({ file, metadata, compressors, parsers, utf8: false, rowStart, rowEnd })) {
        digest.add(fields.map(({ name, type }) => {
          if (partitions.includes(name)) return ofLog(type, values[name]);
          const value = present.has(name) ? row[name] : null;
          if (value === null || value === undefined) return 'N';
          if (type === 'string' || type === 'binary') return hex(value);
          if (type === 'float' || type === 'double') return real(value);
          if (type === 'boolean') return value ? '1' : '0';
          if (!type.startsWith('decimal')) return String(value);
          const unscaled = value instanceof Uint8Array ? BigInt.asIntN(value.length * 8, BigInt('0x' + Buffer.from(value).toString('hex'))) : BigInt(value);
          return decimal(unscaled, scaleOf(type));
        }));
      }
      rowStart = rowEnd;
    }
  }
}

for (const engine of engines.split(',')) {
  const digest = new Digest(engine);
  await { chdb, duckdb, hyparquet }[engine](digest);
  digest.print();
}
