// Prometheus' remote-write protocol 1.0, as much of it as filling a test's Prometheus takes: samples as protobuf in a snappy block.
// Keeps every bit of a value, staleness markers included. Called by test/support/prometheus.ts.
import type { Labels, SeriesData } from '../../src/series/series.ts';

/** Prometheus takes nothing that lies further than an hour behind what it has: all series advance together, this far at once. */
const SLICE_MS = 30 * 60_000;

/** The bodies to POST to /api/v1/write, in order. */
export function* writeRequests(series: readonly SeriesData[]): Generator<Uint8Array> {
  const first = Math.min(...series.map(({ times }) => times[0] ?? Number.POSITIVE_INFINITY));
  const last = Math.max(...series.map(({ times }) => times.at(-1) ?? Number.NEGATIVE_INFINITY));
  for (let from = first; from <= last; from += SLICE_MS) {
    const parts = series.map((one) => timeSeries(one, from, from + SLICE_MS)).filter((part) => part !== undefined);
    if (parts.length > 0) yield snappy(Buffer.concat(parts));
  }
}

export const writeHeaders = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
} as const;

// prometheus/prompb, remote.proto and types.proto: WriteRequest {1: TimeSeries {1: Label {1: name, 2: value}, 2: Sample {1: double, 2: int64}}}

function timeSeries({ labels, times, values }: SeriesData, from: number, to: number): Uint8Array | undefined {
  const bits = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const samples: Uint8Array[] = [];
  for (const [index, time] of times.entries()) {
    if (time < from || time >= to) continue;
    // The value as bytes: as a number its NaN could lose the bits that make it a staleness marker.
    const value = bits.subarray(index * 8, index * 8 + 8);
    samples.push(
      field(2, Buffer.concat([[0x09], value, [0x10], varint(BigInt(time))].map((part) => Buffer.from(part)))),
    );
  }
  return samples.length === 0 ? undefined : field(1, Buffer.concat([...labelFields(labels), ...samples]));
}

/** Sorted by name, as the protocol demands. */
function labelFields(labels: Labels): readonly Uint8Array[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
}

/** A length-delimited field. */
function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(content.length)), content]);
}

/** Negative numbers in two's complement, as int64 has them. */
function varint(number: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, number);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** google/snappy, format_description.txt: the length, then one literal that is everything. Nothing is saved, and nothing needs to be. */
function snappy(content: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length - 1);
  return Buffer.concat([varint(BigInt(content.length)), Uint8Array.of(63 << 2), length, content]);
}
