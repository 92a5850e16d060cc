// The peer `socket.io` on its websocket transport: one `emit` to everybody, whose frame has the size that is asked for.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { answer } from "./told.mjs";

const text = "x".repeat(Number(process.argv[2]) - '42["e",""]'.length);
const http = createServer();
const io = new Server(http, { transports: ["websocket"], pingInterval: 600_000, pingTimeout: 600_000, perMessageDeflate: false });
http.listen({ host: "127.0.0.1", port: 0, backlog: 2048 }, () =>
  answer(
    http.address().port,
    () => io.emit("e", text),
    () => io.of("/").sockets.size,
  ),
);
