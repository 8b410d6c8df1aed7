// Sends genuine requests of many shapes with an AWS SDK for JavaScript and counts how many are accepted.
//   node genuine.mjs <endpoint> --sdk v3|v3-http1|v2 --requests N [--offset-ms N]
// v3 comes as it is: HTTP/2 with prior knowledge on http://. With --offset-ms the clock is wrong by so much, and
// the SDK has to set it right by what the endpoint answers.
// Prints {"accepted":..,"refused":..,"attempts":..,"firstRefusal":..}.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const { values, positionals: [endpoint] } = parseArgs({
  allowPositionals: true,
  options: { sdk: { type: 'string', default: 'v3' }, requests: { type: 'string', default: '100' }, 'offset-ms': { type: 'string', default: '0' } },
});
const requests = Number(values.requests);
const offsetMs = Number(values['offset-ms']);
if (offsetMs !== 0) {
  // The clock of this process is wrong from here on, for everybody in it.
  const RightDate = Date;
  globalThis.Date = class extends RightDate {
    constructor(...args) { if (args.length > 0) super(...args); else super(RightDate.now() + offsetMs); }

    static now() { return RightDate.now() + offsetMs; }
  };
}
const region = process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
const credentials = {
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
};
const counts = { accepted: 0, refused: 0, attempts: 0, firstRefusal: null };

/** name of the operation, arguments -> answer */
async function caller() {
  if (values.sdk === 'v2') {
    process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
    const { default: AWS } = await load('aws-sdk');
    const client = new AWS.Kinesis({ endpoint, region, ...credentials, correctClockSkew: true });
    return async (operation, args) => {
      const request = client[operation[0].toLowerCase() + operation.slice(1)](args);
      request.on('send', () => { counts.attempts += 1; });
      return request.promise();
    };
  }
  const sdk = await load('@aws-sdk/client-kinesis');
  const { NodeHttpHandler } = values.sdk === 'v3-http1' ? await load('@smithy/node-http-handler') : {};
  const client = new sdk.KinesisClient({
    endpoint, region, credentials, ...(NodeHttpHandler && { requestHandler: new NodeHttpHandler() }),
  });
  client.middlewareStack.add(
    (next) => async (args) => { counts.attempts += 1; return next(args); }, { step: 'deserialize', priority: 'low', name: 'counting' });
  return (operation, args) => client.send(new sdk[`${operation}Command`](args));
}

const odd = ['plain', 'with space', 'ключ', '鍵', 'é'.normalize('NFD'), '"quoted"', 'a=b&c=d', '%2F%20', '\u0001', 'x'.repeat(256), '😀'];
const data = (n) => Buffer.from(JSON.stringify({ equipmentId: `m-${n % 50}`, timestamp: 1700000000000 + n, tag: 't', value: n }));
const shapes = [
  (n) => ['PutRecord', { StreamName: 'readings', PartitionKey: odd[n % odd.length], Data: data(n) }],
  (n) => ['PutRecord', { StreamName: 'readings', PartitionKey: `m-${n}`, Data: Buffer.alloc(0) }],
  (n) => ['PutRecord', { StreamName: 'readings', PartitionKey: 'k', Data: data(n), ExplicitHashKey: `${n}` }],
  (n) => ['PutRecords', { StreamName: 'readings', Records: odd.map((key) => ({ PartitionKey: key, Data: data(n) })) }],
  (n) => ['PutRecords', { StreamName: 'readings', Records: [{ PartitionKey: 'large', Data: Buffer.alloc((n * 997) % 200_000, n) }] }],
  () => ['DescribeStreamSummary', { StreamName: 'readings' }],
  (n) => ['ListShards', { StreamName: 'readings', MaxResults: 1 + (n % 5) }],
  () => ['ListStreams', {}],
  (n) => ['GetShardIterator', { StreamName: 'transitions', ShardId: 'shardId-000000000000', ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(1700000000000 + n) }],
  () => ['DescribeLimits', {}],
];

const call = await caller();
let next = 0;
await Promise.all(Array.from({ length: offsetMs === 0 ? 16 : 1 }, async () => {
  while (next < requests) {
    const n = next;
    next += 1;
    const [operation, args] = shapes[n % shapes.length](n);
    try {
      await call(operation, args);
      counts.accepted += 1;
    } catch (error) {
      counts.refused += 1;
      counts.firstRefusal ??= `${operation}: ${error.name ?? error.code}: ${error.message}`;
    }
  }
}));
process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0));
