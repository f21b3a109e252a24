// A remote-controlled official client: one command a line comes in, one event
// a line goes out, both as JSON.
//
//   node client.mjs PATH/TO/web/package.json

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { io } = createRequire(process.argv[2])("socket.io-client");

const tell = (event) => process.stdout.write(JSON.stringify(event) + "\n");
let socket;

const commands = {
  connect({ url, headers }) {
    socket = io(url, { transports: ["websocket"], extraHeaders: headers, reconnectionDelay: 50, reconnectionDelayMax: 200 });
    socket.on("connect", () => tell({ event: "connect", id: socket.id }));
    socket.on("connect_error", (error) => tell({ event: "connect_error", message: error.message, data: error.data ?? null, active: socket.active }));
    socket.on("disconnect", (reason) => tell({ event: "disconnect", reason, active: socket.active }));
    socket.onAny((name, ...args) => tell({ event: "message", name, args }));
  },
  reconnect() {
    socket.connect();
  },
  emit({ name, args, wait }) {
    if (!wait) {
      socket.emit(name, ...args);
      return;
    }
    socket.timeout(20_000).emit(name, ...args, (error, ...answer) => tell({ event: "ack", error: error?.message ?? "", answer }));
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
