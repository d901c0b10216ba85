// What is wrong with an address or a header as people write it, and how an address is named in messages: without secrets.
// Never resolves anything. Called by settings.ts, the command line's flags, and every message of this folder.

export const ADDRESS_ACCEPTED = 'http://HOST:PORT or https://HOST, with a path where the API lies below one';
export const HEADER_ACCEPTED = 'a header name and a value in visible ASCII characters, for example X-Team: checkout';

export function addressFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'not an address';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'neither http:// nor https://';
  if (url.username !== '' || url.password !== '') return 'an address holds no credentials: name their file beside it';
  if (url.hash !== '') return 'an address has no #fragment';
  return /\/api\/v1\/?$/.test(url.pathname) ? 'the address without /api/v1 is meant' : undefined;
}

// RFC 9110 §5.6.2 (token).
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** They would contradict what each request says about itself, or have a setting of their own. */
const OWN = ['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'accept-encoding', 'expect'];

export function headerNameFault(name: string): string | undefined {
  if (!TOKEN.test(name)) return 'not the name of a header';
  return OWN.includes(name.toLowerCase()) ? 'this header is set by Serin itself' : undefined;
}

export const headerValueFault = (value: string): string | undefined =>
  /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(value) ? undefined : 'not the value of a header';

/** For people: a query string may hold a key, so that it is left out. */
export function nameOf(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** One line of at most `most` characters. */
export function clipped(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
