// Says at the end of a run which tests were skipped, and why: vitest's own summary tells only how many.
// Never changes an outcome. A reporter of vitest.config.ts.
import type { Reporter } from 'vitest/node';

export const skipReasons = (print: (line: string) => void = console.log): Reporter => ({
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    const byReason = Map.groupBy(skipped, (test) => {
      const result = test.result();
      return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
    });
    for (const [reason, tests] of byReason) {
      const files = new Set(tests.map((test) => test.module.relativeModuleId));
      print(`${tests.length} skipped in ${[...files].sort().join(', ')}: ${reason}`);
    }
  },
});
