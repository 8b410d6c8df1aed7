// Appends rows to a Delta table by an engine that is not HotPath: chdb, one commit per row.
//   node append-delta.mjs <table> <first> <count> [stop]
// The table is a directory, or the URL of one in an S3-compatible store (http://host:port/bucket/table/), and has one column,
// n long. Prints a line per commit. With a stop file it goes on trying, whatever races it loses, until that file is there.
// The packages are looked for as in read-delta.mjs.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const { query } = await import(pathToFileURL(require.resolve('chdb')));

const [table, first, count, stop] = process.argv.slice(2);
const text = (value) => `'${value.replaceAll("'", "\\'")}'`;
const target = table.startsWith('http') ? `deltaLake(${text(table)}, 'key', 'secret')` : `deltaLakeLocal(${text(resolve(table))})`;
const isOver = () => stop !== undefined && existsSync(stop);
process.chdir('/');
for (let n = Number(first); n < Number(first) + Number(count) && !isOver(); n++) {
  for (let attempt = 1; ; attempt++) {
    try {
      query(`insert into function ${target} select toInt64(${n}) as n
        settings allow_experimental_delta_lake_writes = 1`, 'CSV');
      console.log(n);
      break;
    } catch (conflict) {
      // Its kernel does not try again after a lost race; the row is in no commit then.
      if (isOver()) break;
      if (stop === undefined && attempt === 100) throw conflict;
    }
  }
}
