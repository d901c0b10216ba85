// `serin metrics …`: the commands that look at what releases are judged by.
// Never a command itself. Listed in main.ts.
import { buildRouteMap } from '@stricli/core';
import { metricsCheckCommand } from './metrics-check.ts';

export const metricsCommands = buildRouteMap({
  routes: { check: metricsCheckCommand },
  docs: { brief: 'Look at the metrics that a release is judged by' },
});
