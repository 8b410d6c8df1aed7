// Prints the rows of a Parquet file as NDJSON, read by an engine that is not HotPath.
//   node read-parquet.mjs <duckdb|chdb|hyparquet> <file>
// The packages are looked for in node_modules beside this file, or under $HOTPATH_INTEROP.
// All engines print alike: 64-bit integers, decimals and non-finite floats as strings, timestamps as microseconds since
// the epoch, dates as days, binary as hex with the prefix 0x, so that outputs can be compared as text.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathToFileURL } from 'node:url';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const [engine, path] = process.argv.slice(2);
const file = resolve(path);
const print = (row) => process.stdout.write(JSON.stringify(row, plain) + '\n');

function plain(_, value) {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0';
  return value;
}

const hex = (bytes) => '0x' + Buffer.from(bytes).toString('hex');

async function duckdb() {
  const { DuckDBInstance } = await load('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("set timezone = 'UTC'");
  const quoted = `'${file.replaceAll("'", "''")}'`;
  const described = await (await connection.runAndReadAll(`describe select * from ${quoted}`)).getRowObjects();
  const columns = described.map(({ column_name: name, column_type: type }) => {
    const column = `"${name.replaceAll('"', '""')}"`;
    if (type.startsWith('TIMESTAMP')) return `epoch_us(${column})::varchar as ${column}`;
    if (type === 'DATE') return `(${column} - date '1970-01-01')::integer as ${column}`;
    if (type.startsWith('DECIMAL') || type === 'BIGINT') return `${column}::varchar as ${column}`;
    if (type === 'BLOB') return `'0x' || lower(hex(${column})) as ${column}`;
    return column;
  });
  const result = await connection.stream(`select ${columns.join(', ')} from ${quoted}`);
  const names = result.columnNames();
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const row of chunk.getRows()) print(Object.fromEntries(names.map((name, i) => [name, row[i]])));
  }
}

async function chdb() {
  const { query } = await load('chdb');
  process.chdir('/');
  const quoted = `'${file.replaceAll("'", "\\'")}'`;
  const types = query(`describe table file(${quoted}, Parquet)`, 'JSONEachRow').toString().trim().split('\n').map(JSON.parse);
  const columns = types.map(({ name, type }) => {
    const column = '`' + name.replaceAll('`', '\\`') + '`';
    const bare = type.replace(/^Nullable\((.*)\)$/, '$1');
    if (bare.startsWith('DateTime64')) return `toString(toUnixTimestamp64Micro(${column})) as ${column}`;
    if (bare === 'Date32') return `toInt32(${column}) as ${column}`;
    if (bare.startsWith('Decimal')) return `toString(toDecimalString(${column}, ${bare.match(/, *(\d+)/)[1]})) as ${column}`;
    if (bare === 'Int64') return `toString(${column}) as ${column}`;
    if (bare === 'Float32' || bare === 'Float64') return `reinterpretAsUInt64(toFloat64(${column})) as ${column}`;
    if (bare === 'String') return `hex(${column}) as ${column}`;
    return column;
  });
  const kinds = Object.fromEntries(types.map(({ name, type }) => [name, type.replace(/^Nullable\((.*)\)$/, '$1')]));
  const text = query(
    `select ${columns.join(', ')} from file(${quoted}, Parquet) settings max_threads = 1, input_format_parquet_preserve_order = 1,
     output_format_json_quote_64bit_integers = 1`, 'JSONEachRow').toString();
  const view = new DataView(new ArrayBuffer(8));
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const row = JSON.parse(line);
    for (const [name, value] of Object.entries(row)) {
      if (value === null) continue;
      if (kinds[name].startsWith('Float')) {
        view.setBigUint64(0, BigInt(value));
        row[name] = view.getFloat64(0);
      } else if (kinds[name] === 'String') {
        const bytes = Buffer.from(value, 'hex');
        const decoded = bytes.toString('utf8');
        row[name] = Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : hex(bytes);
      } else if (kinds[name] === 'Bool') {
        row[name] = Boolean(value);
      }
    }
    print(row);
  }
}

async function hyparquet() {
  const { asyncBufferFromFile, parquetReadObjects, parquetMetadataAsync, parquetSchema } = await load('hyparquet');
  const { compressors } = await load('hyparquet-compressors');
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer);
  const elements = Object.fromEntries(parquetSchema(metadata).children.map(({ element }) => [element.name, element]));
  const micros = (n) => ({ micros: String(n) });
  const parsers = {
    timestampFromMilliseconds: (n) => micros(n * 1000n),
    timestampFromMicroseconds: micros,
    timestampFromNanoseconds: (n) => micros(n / 1000n),
    dateFromDays: (n) => n,
  };
  const rows = await parquetReadObjects({ file: buffer, metadata, compressors, parsers, utf8: false });
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const { scale } = elements[name] ?? {};
      if (value === undefined) row[name] = null;
      else if (value instanceof Uint8Array) row[name] = hex(value);
      else if (value && typeof value === 'object' && 'micros' in value) row[name] = value.micros;
      else if (typeof value === 'number' && elements[name].converted_type === 'DECIMAL') row[name] = value.toFixed(scale);
    }
    print(row);
  }
}

await { duckdb, chdb, hyparquet }[engine]();
