// The pod behind every proxy: answers each request with the same 200 bytes, as cheaply as Node can. An entry file.
// Never reads bodies: the benchmark sends none. Started by bench.ts.
import { type AddressInfo, createServer } from 'node:net';

const BODY = 'x'.repeat(200);
const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
);
const HEAD_END = '\r\n\r\n';

const server = createServer({ noDelay: true }, (socket) => {
  let head = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    head += text;
    for (let end = head.indexOf(HEAD_END); end >= 0; end = head.indexOf(HEAD_END)) {
      head = head.slice(end + HEAD_END.length);
      socket.write(ANSWER);
    }
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
