// DuckDB as a peer for writing Parquet: rows lie in memory, one thread, COPY to a file is timed.
// Reads one JSON command per line and answers each with one line of JSON:
//   {"load": "<file>"}                     rows of a Parquet file become the table in memory
//   {"copy": "<file>", "options": "..."}   {"seconds": ..}   the COPY statement alone
//   {"digest": "<file>"}                   {"rows": .., "digest": ".."}   the same for equal rows in any order
// The packages are looked for in node_modules beside this file, or under $HOTPATH_INTEROP.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const { DuckDBInstance } = await import(pathToFileURL(require.resolve('@duckdb/node-api')));

const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run("set threads = 1; set timezone = 'UTC'; set preserve_insertion_order = true");
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

const commands = {
  async load({ load }) {
    await connection.run(`create or replace table source as select * from ${quoted(load)}`);
    return {};
  },
  async copy({ copy, options }) {
    const start = process.hrtime.bigint();
    await connection.run(`copy source to ${quoted(copy)} (format parquet${options ? ', ' + options : ''})`);
    return { seconds: Number(process.hrtime.bigint() - start) / 1e9 };
  },
  async digest({ digest }) {
    const result = await connection.runAndReadAll(
      `select count(*)::varchar, sum(hash(columns(*)))::varchar from ${quoted(digest)}`);
    const [rows, ...sums] = result.getRows()[0];
    return { rows: Number(rows), digest: sums.join(' ') };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const [name] = Object.keys(command);
  try {
    process.stdout.write(JSON.stringify(await commands[name](command)) + '\n');
  } catch (failure) {
    process.stdout.write(JSON.stringify({ error: String(failure) }) + '\n');
  }
}
