// Sends NDJSON to a Kinesis-compatible endpoint with the AWS SDK for JavaScript as it comes: HTTP/2 with prior knowledge
// on http://, one record a line, PartitionKey = its equipmentId.
//   node put-records.mjs <endpoint> <stream> <file> [--batch N] [--http1]
// The SDK is looked for in node_modules beside this file, or under $HOTPATH_INTEROP.
// Prints {"records":..,"calls":..,"resent":..}. A call without an answer is sent again until it has one.
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '500' }, http1: { type: 'boolean', default: false } },
});
const [endpoint, stream, file] = positionals;
const batchRecords = Number(values.batch);
const refusedForGood = new Set([
  'ValidationException', 'SerializationException', 'InvalidArgumentException', 'ResourceNotFoundException',
  'AccessDeniedException', 'InvalidSignatureException', 'UnrecognizedClientException',
]);

const { KinesisClient, PutRecordsCommand } = await load('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = values.http1 ? await load('@smithy/node-http-handler') : {};
const client = new KinesisClient({
  endpoint,
  region: process.env.AWS_REGION ?? 'eu-central-1',
  credentials: {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? 'HPINTEROP',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? 'an invented secret',
    sessionToken: process.env.AWS_SESSION_TOKEN,
  },
  maxAttempts: 1,
  ...(NodeHttpHandler && { requestHandler: new NodeHttpHandler() }),
});

const counts = { records: 0, calls: 0, resent: 0 };

function keyOf(line) {
  try {
    return String(JSON.parse(line).equipmentId || '-').slice(0, 256);
  } catch {
    return '-';
  }
}

async function put(records) {
  while (records.length > 0) {
    counts.calls += 1;
    try {
      const answer = await client.send(new PutRecordsCommand({ StreamName: stream, Records: records }));
      counts.records += records.length - answer.FailedRecordCount;
      records = records.filter((_, index) => answer.Records[index].ErrorCode);
    } catch (error) {
      if (refusedForGood.has(error.name)) throw error;
    }
    if (records.length > 0) {
      counts.resent += 1;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

let batch = [];
for await (const line of createInterface({ input: createReadStream(resolve(file)) })) {
  batch.push({ Data: Buffer.from(line), PartitionKey: keyOf(line) });
  if (batch.length === batchRecords) {
    await put(batch);
    batch = [];
  }
}
await put(batch);
client.destroy();
console.log(JSON.stringify(counts));
