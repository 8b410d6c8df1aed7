// How long chdb (ClickHouse with the Delta kernel) takes to load a Delta table and count its rows, and in how much memory.
//   node load-delta.mjs <table directory> <count|none>
// Prints {"Millis", "PeakMebibytes", "BaseMebibytes", "Found"}: the first query's time, VmHWM after and before it, its answer.
// none counts the rows of a partition_col that no file has: every add is looked at, and no data file, for tables without these.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const { query } = await import(pathToFileURL(require.resolve('chdb')));
const peak = () => Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;

const [path, what] = process.argv.slice(2);
const table = `deltaLakeLocal('${resolve(path).replaceAll("'", "\\'")}')`;
process.chdir('/');
query('select 1', 'CSV');
const before = peak();
const start = process.hrtime.bigint();
const answer = query(
  `select count() from ${table} ${what === 'none' ? "where partition_col = 'nope'" : ''} settings max_threads = 1`, 'CSV').toString().trim();
const millis = Number(process.hrtime.bigint() - start) / 1e6;
console.log(JSON.stringify({ Millis: millis, PeakMebibytes: peak(), BaseMebibytes: before, Found: answer }));
