// The peer `ws`: a loop of `send` over its clients, as its own documentation broadcasts.
import { WebSocketServer } from "ws";
import { answer } from "./told.mjs";

const payload = Buffer.alloc(Number(process.argv[2]));
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, backlog: 2048 });
server.on("listening", () =>
  answer(
    server.address().port,
    () => server.clients.forEach((client) => client.send(payload)),
    () => server.clients.size,
  ),
);
