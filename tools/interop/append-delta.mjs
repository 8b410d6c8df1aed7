// Appends rows to a Delta table by an engine that is not HotPath: chdb, one commit per row.
//   node append-delta.mjs <table directory> <first> <count>
// The table has one column, n long. Prints a line per commit. The packages are looked for as in read-delta.mjs.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const { query } = await import(pathToFileURL(require.resolve('chdb')));

const [table, first, count] = process.argv.slice(2);
const location = `'${resolve(table).replaceAll("'", "\\'")}'`;
process.chdir('/');
for (let n = Number(first); n < Number(first) + Number(count); n++) {
  for (let attempt = 1; ; attempt++) {
    try {
      query(`insert into function deltaLakeLocal(${location}) select toInt64(${n}) as n
        settings allow_experimental_delta_lake_writes = 1`, 'CSV');
      break;
    } catch (conflict) {
      // Its kernel does not try again after a lost race; the row is in no commit then.
      if (attempt === 100) throw conflict;
    }
  }
  console.log(n);
}
