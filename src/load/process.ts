// The load's own process: takes orders over IPC, sends, reports answers in batches. An entry file, started by load.ts.
// Never outlives its parent. It ignores Ctrl-C, which reaches the whole process group: users do not stop because the
// operator does, and the parent says when to end.
import type { Answer } from './answer.ts';
import type { FromProcess, Orders, ToProcess } from './protocol.ts';
import { type Sender, startSender } from './sender.ts';

const BATCH_MS = 50;

function main(): void {
  // Wall time that never steps back: latencies are differences of it.
  const clock = { now: () => performance.timeOrigin + performance.now() };
  const say = (message: FromProcess): void => {
    process.send?.(message);
  };
  let running: { readonly sender: Sender; readonly report: () => void } | undefined;

  process.on('message', (message: ToProcess) => {
    if (message.type === 'start') running = run(message.orders, clock, say);
    else if (message.type === 'rate') running?.sender.setRate(message.rate);
    else
      void running?.sender.stop().then(() => {
        running?.report();
        say({ type: 'stopped' });
      });
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C and `timeout` reach the whole process group; the supervisor decides when this process ends (it disconnects).
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  say({ type: 'ready' });
}

function run(orders: Orders, clock: { now(): number }, say: (message: FromProcess) => void) {
  let answers: Answer[] = [];
  let reported = '';
  const sender = startSender({ orders, clock, onAnswer: (answer) => answers.push(answer) });
  const report = (): void => {
    const counts = sender.counts();
    const now = JSON.stringify(counts);
    if (answers.length === 0 && now === reported) return;
    say({ type: 'batch', answers, ...counts });
    answers = [];
    reported = now;
  };
  setInterval(report, BATCH_MS);
  return { sender, report };
}

main();
