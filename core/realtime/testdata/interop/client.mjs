// Runs the official client by remote control. Reads one JSON command per line, and writes
// one JSON event per line.
//
//   node client.mjs PATH/TO/web/package.json

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { io } = createRequire(process.argv[2])("socket.io-client");

const report = (event) => process.stdout.write(JSON.stringify(event) + "\n");
let socket;

const commands = {
  connect({ url, headers }) {
    socket = io(url, { transports: ["websocket"], extraHeaders: headers, reconnectionDelay: 50, reconnectionDelayMax: 200 });
    socket.on("connect", () => report({ event: "connect", id: socket.id }));
    socket.on("connect_error", (error) => report({ event: "connect_error", message: error.message, data: error.data ?? null, active: socket.active }));
    socket.on("disconnect", (reason) => report({ event: "disconnect", reason, active: socket.active }));
    socket.onAny((name, ...args) => report({ event: "message", name, args }));
  },
  reconnect() {
    socket.connect();
  },
  emit({ name, args, wait }) {
    if (!wait) {
      socket.emit(name, ...args);
      return;
    }
    socket.timeout(20_000).emit(name, ...args, (error, ...reply) => report({ event: "ack", error: error?.message ?? "", answer: reply }));
  },
  binary({ name }) {
    socket.emit(name, { n: Buffer.from([1, 2, 3]) });
  },
  disconnect() {
    socket.disconnect();
  },
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { do: command, ...rest } = JSON.parse(line);
    commands[command](rest);
  })
  .on("close", () => process.exit(0));
