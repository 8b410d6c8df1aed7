// Sends readings packed into aggregates by aws-kinesis-agg, one PutRecord an aggregate, through the AWS SDK for JavaScript.
//   node put-aggregates.mjs <endpoint> --machines N --readings N
// Reading n of machine m has the sequence number n. Prints {"aggregates":..,"readings":..}.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const { values, positionals: [endpoint] } = parseArgs({
  allowPositionals: true, options: { machines: { type: 'string' }, readings: { type: 'string' } },
});
const { aggregate } = (await load('aws-kinesis-agg')).default;
const { KinesisClient, PutRecordCommand } = await load('@aws-sdk/client-kinesis');
const client = new KinesisClient({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY },
});

const records = [];
for (let n = 0; n < Number(values.readings); n += 1) {
  for (let m = 0; m < Number(values.machines); m += 1) {
    records.push({
      partitionKey: `machine-${m}`,
      data: Buffer.from(JSON.stringify({
        equipmentId: `machine-${m}`, timestamp: 1700000000000 + n * 1000, tag: 'speed', value: n, meta: { sequenceNumber: n },
      })),
    });
  }
}

const aggregates = [];
await new Promise((done, failed) => {
  aggregate(records, (encoded, next) => { aggregates.push(encoded); next(); }, done, failed);
});
for (const { partitionKey, data } of aggregates) {
  await client.send(new PutRecordCommand({ StreamName: 'readings', PartitionKey: partitionKey, Data: data }));
}

process.stdout.write(`${JSON.stringify({ aggregates: aggregates.length, readings: records.length })}\n`, () => process.exit(0));
