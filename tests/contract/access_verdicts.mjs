// Answers for test_access_tables.py: a JSON line `[table, questions]` in, the verdicts of the tab's own table out.
import { createInterface } from 'node:readline';

import { AccessTable } from '../../worker/process/access_table.js';

for await (const line of createInterface({ input: process.stdin })) {
  const [data, questions] = JSON.parse(line);
  const table = new AccessTable(data);
  // Twice: the second answer is one that it remembers.
  const verdicts = [...questions, ...questions].map(([kind, path, whole]) => table.verdict(kind, path, whole));
  console.log(JSON.stringify({ verdicts, exec: table.exec, net: table.net }));
}
