// Runs one conformance case against a data plane and says what was not as it must be.
// Never retries. Called by the conformance tests.
import { expect } from 'vitest';
import { waitFor } from '../support/wait.ts';
import type { Case, Expectation, Range, Sending } from './case.ts';
import { type Client, sendMany } from './client.ts';
import type { DataPlane, LogLine, Received, Reply } from './data-plane.ts';
import { destinationRule, virtualService } from './manifests.ts';

const TWO_VERSIONS = [{ version: 'v1' }, { version: 'v2' }] as const;

export async function runCase(plane: DataPlane, client: Client, one: Case): Promise<void> {
  const routes = one.http === undefined ? [] : [virtualService(one.http)];
  await plane.apply(one.objects ?? [...routes, destinationRule(one.rule, one.v2)], one.pods ?? TWO_VERSIONS);
  let seen = 0;
  let logged = 0;
  for (const sending of one.send) {
    const { times = 1, width = 1, caller, expect: wanted } = sending;
    const replies = await sendMany(client, await plane.address(caller), sending, times, width);
    checkReplies(replies, sending);
    const copies = await settledLog(plane, logged, times, wanted);
    const received = await settledReceived(plane, seen, wanted);
    checkReceived(received, wanted);
    checkLog(
      copies.filter(({ mirror }) => !mirror),
      copies.filter(({ mirror }) => mirror),
      wanted,
    );
    seen += received.length;
    logged += copies.length;
  }
}

/** Lines of requests follow their answers at once; lines of copies come when the copies end. */
function settledLog(plane: DataPlane, from: number, times: number, wanted: Expectation): Promise<readonly LogLine[]> {
  return waitFor('the access log of all requests', async () => {
    const lines = (await plane.log()).slice(from);
    const copies = lines.filter(({ mirror }) => mirror).length;
    return lines.length - copies >= times && copies >= (wanted.copies?.count[0] ?? 0) && lines;
  });
}

function settledReceived(plane: DataPlane, from: number, wanted: Expectation): Promise<readonly Received[]> {
  return waitFor('what pods are to receive', async () => {
    const received = (await plane.received()).slice(from);
    const enough = Object.entries(wanted.received ?? {}).every(
      ([version, [least]]) => received.filter((one) => one.version === version).length >= least,
    );
    return enough && received;
  });
}

function checkReplies(replies: readonly Reply[], { expect: wanted }: Sending): void {
  if (typeof wanted.code === 'number')
    expect(counts(replies.map(({ code }) => code))).toEqual({ [wanted.code]: replies.length });
  else within('codes', counts(replies.map(({ code }) => code)), wanted.code);
  const versions = counts(replies.map(({ headers }) => String(headers['x-version'] ?? 'none')));
  if (wanted.version !== undefined) expect(versions).toEqual({ [wanted.version]: replies.length });
  within('versions', versions, wanted.versions);
  for (const reply of replies) {
    for (const [name, value] of Object.entries(wanted.headers ?? {})) {
      expect(reply.headers[name] ?? null, `answer's ${name}`).toEqual(value);
    }
    if (wanted.body !== undefined) expect(reply.body).toBe(wanted.body);
    expect(reply.broken, 'answer broken off').toBe(wanted.broken ?? false);
    if (wanted.ms !== undefined) inRange('ms', reply.ms, wanted.ms);
  }
}

function checkReceived(received: readonly Received[], wanted: Expectation): void {
  within('received', counts(received.map(({ version }) => version)), wanted.received);
  const { method, path, headers = {}, bytes } = wanted.pod ?? {};
  for (const one of received) {
    if (method !== undefined) expect(one.method).toBe(method);
    if (path !== undefined) expect(one.path).toBe(path);
    if (bytes !== undefined) expect(one.bytes, `bytes at ${one.pod}`).toBe(bytes);
    for (const [name, value] of Object.entries(headers)) {
      expect(one.headers[name] ?? null, `${one.pod}'s ${name}`).toEqual(value);
    }
  }
}

function checkLog(lines: readonly LogLine[], copies: readonly LogLine[], wanted: Expectation): void {
  for (const line of lines) if (wanted.log !== undefined) expect(line).toMatchObject(wanted.log);
  if (wanted.copies === undefined) return;
  const { count, ...same } = wanted.copies;
  inRange('copies', copies.length, count);
  for (const line of copies) expect(line).toMatchObject(same);
}

function counts(values: readonly (string | number)[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const value of values) found[value] = (found[value] ?? 0) + 1;
  return found;
}

function within(
  what: string,
  found: Record<string, number>,
  wanted: Readonly<Record<string, Range>> | undefined,
): void {
  for (const [key, range] of Object.entries(wanted ?? {})) inRange(`${what} ${key}`, found[key] ?? 0, range);
}

function inRange(what: string, value: number, [low, high]: Range): void {
  expect(value, `${what}: ${value} is not within ${low} … ${high}`).toBeGreaterThanOrEqual(low);
  expect(value, `${what}: ${value} is not within ${low} … ${high}`).toBeLessThanOrEqual(high);
}
