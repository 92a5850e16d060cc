// The peer Hocuspocus with what ours does to each change: only the sender's own client id, the touched clauses read and checked, on the disk before it is told.
// Arguments: the text at the beginning (a Yjs update), and the file that changes are appended to. Ends with its standard input.
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { Server } from "@hocuspocus/server";
import * as Y from "yjs";

const KINDS = new Set(["parties", "facts", "disputes", "terms", "performance", "copies"]);
const BLOCKS = new Set(["paragraph", "bullet_list", "ordered_list", "list_item"]);
const LONGEST_CLAUSE = 20_000;
const UPDATE = 2;

const [, , start, path] = process.argv;
const log = await open(path, "a");
const staging = new Y.Doc();
const root = staging.getXmlFragment("agreement");
const touched = new Set();
root.observeDeep((events) => {
  for (const { target } of events) {
    let at = target;
    while (at !== root && at.parent !== root) at = at.parent;
    touched.add(at);
  }
});
Y.applyUpdate(staging, readFileSync(start));
touched.clear();

/** The plain form of a part, or an error that says what is wrong. */
function read(part) {
  if (part instanceof Y.XmlText) return part.toDelta().map(({ insert, attributes }) => {
    if (typeof insert !== "string") throw new Error("an embedded object");
    return { text: insert, marks: Object.keys(attributes ?? {}).sort() };
  });
  if (part.nodeName === "field") return { field: part.getAttributes() };
  if (!BLOCKS.has(part.nodeName)) throw new Error(`unknown: ${part.nodeName}`);
  return { kind: part.nodeName, parts: part.toArray().map(read) };
}

function check(clause) {
  const { id, kind } = clause.getAttributes();
  if (!id || !KINDS.has(kind)) throw new Error("no clause");
  if (JSON.stringify(clause.toArray().map(read)).length > LONGEST_CLAUSE) throw new Error("too long");
}

const owners = new Map();
function judge(connection, update) {
  const { structs } = Y.decodeUpdate(update);
  for (const { id } of structs) {
    const known = owners.get(connection) ?? id.client;
    owners.set(connection, known);
    if (known !== id.client) throw new Error("somebody else's client id");
  }
  Y.applyUpdate(staging, update);
  for (const part of touched) {
    if (part === root) root.toArray().forEach(check);
    else check(part);
  }
  touched.clear();
}

let waiting = [];
let writing = null;
/** One write and one sync for all that came while the one before was under way. */
async function flush() {
  while (waiting.length) {
    const group = waiting;
    waiting = [];
    await log.appendFile(Buffer.concat(group.map(({ bytes }) => bytes)));
    await log.datasync();
    for (const { done } of group) done();
  }
  writing = null;
}
function store(update) {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(update.length);
  return new Promise((done) => {
    waiting.push({ bytes: Buffer.concat([head, update]), done });
    writing ??= flush();
  });
}

const server = new Server({
  address: "127.0.0.1",
  port: 0,
  quiet: true,
  stopOnSignals: false,
  onLoadDocument: async ({ document }) => void Y.applyUpdate(document, readFileSync(start)),
  beforeSync: async ({ connection, type, payload }) => {
    if (type !== UPDATE) return;
    judge(connection, payload);
    await store(payload);
  },
});
await server.listen();
console.log(JSON.stringify({ port: server.httpServer.address().port }));
process.stdin.on("end", () => process.exit(0)).resume();
