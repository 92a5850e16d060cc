// What every peer on Node tells the benchmark: JSON lines on standard input and output, the same as `benchmarks.hub_server` speaks.
import { createInterface } from "node:readline";

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Says the port, then publishes as asked and answers with the CPU seconds before the first of them; an empty line or the end of input ends the process. */
export async function answer(port, publish, readers) {
  console.log(JSON.stringify({ port }));
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) break;
    const asked = JSON.parse(line);
    const { user, system } = process.cpuUsage();
    for (let n = 0; n < asked.messages; n += 1) {
      publish();
      await sleep(asked.pause * 1000);
    }
    console.log(JSON.stringify({ began: (user + system) / 1e6, rss: process.memoryUsage.rss(), readers: readers() }));
  }
  process.exit(0);
}
