// Runs one scenario of the official client against a server, and fails at the first
// mismatch.
//
//   node scenarios.mjs PATH/TO/web/package.json URL SCENARIO

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [, , manifest, url, name] = process.argv;
const { io } = createRequire(manifest)("socket.io-client");
const options = { transports: ["websocket"], reconnectionDelay: 20, reconnectionDelayMax: 100 };
const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
const connected = async (more) => {
  const socket = io(url, { ...options, ...more });
  await next(socket, "connect");
  return socket;
};

const scenarios = {
  async "acknowledgments both ways"() {
    const socket = await connected();
    socket.on("what", (n, answer) => answer("this", n + 1));
    assert.deepEqual(await socket.timeout(10_000).emitWithAck("echo", 1), 1);
    assert.deepEqual(await socket.timeout(10_000).emitWithAck("ask me", 1), ["this", 2]);
    const many = await Promise.all(Array.from({ length: 500 }, (_, n) => socket.emitWithAck("echo", { n })));
    many.forEach((answer, n) => assert.deepEqual(answer, { n }));
  },

  async "timeouts both ways"() {
    const socket = await connected();
    await assert.rejects(socket.timeout(50).emitWithAck("ignore"), /timed out/);
    socket.on("what", () => {});
    assert.equal(await socket.timeout(10_000).emitWithAck("ask me", 1), "context deadline exceeded");
  },

  async "binary data both ways"() {
    const socket = await connected();
    for (const size of [0, 1, 1_000, 30_000]) {
      const bytes = Buffer.alloc(size, 7);
      assert.deepEqual(await socket.emitWithAck("echo", bytes), bytes);
      const deep = { a: [bytes, { b: bytes }], c: "text" };
      assert.deepEqual(await socket.emitWithAck("echo", deep), deep);
    }
  },

  async "the order of 10,000 messages both ways"() {
    const socket = await connected();
    const received = new Promise((resolve) => {
      const all = [];
      socket.on("back", (n) => all.push(n) === 10_000 && resolve(all));
    });
    for (let n = 0; n < 10_000; n++) socket.emit("back", n);
    (await received).forEach((n, i) => assert.equal(n, i));
  },

  async "a rejection with its message"() {
    const socket = io(url, { ...options, query: { as: "nobody" } });
    const [error] = await next(socket, "connect_error");
    assert.equal(error.message, "unauthenticated");
    assert.deepEqual(error.data, { code: "unauthenticated", message: "Please sign in." });
    assert.equal(socket.active, false);
  },

  async "long polling, which is not offered"() {
    for (const transports of [["polling", "websocket"], ["polling"], undefined]) {
      const socket = io(url, { ...options, transports });
      const [error] = await next(socket, "connect_error");
      assert.match(error.message, /transports: \["websocket"\]/);
      assert.equal(error.data.code, "websocket_required");
      assert.equal(socket.active, false, "it retries");
    }
  },

  async "the option protocols"() {
    const socket = await connected({ protocols: ["first", "second"] });
    assert.equal(socket.io.engine.transport.ws.protocol, "first");
    assert.equal(await socket.emitWithAck("echo", 1), 1);
  },

  async "events with numbers as names"() {
    const socket = await connected();
    for (const name of [7, 0, -1, 2.5]) assert.equal(await socket.timeout(10_000).emitWithAck(name, "x"), "x");
  },

  async "a namespace that does not exist"() {
    const socket = io(url + "/admin", options);
    const [error] = await next(socket, "connect_error");
    assert.equal(error.message, "Invalid namespace");
  },

  async "the last message before a disconnect"() {
    for (let n = 0; n < 50; n++) {
      const socket = await connected({ forceNew: true });
      let last;
      socket.on("bye", (text) => (last = text));
      socket.emit("leave");
      const [reason] = await next(socket, "disconnect");
      assert.equal(reason, "io server disconnect");
      assert.equal(last, "last words");
      assert.equal(socket.active, false);
    }
  },

  async "a reconnect after a network failure"() {
    const socket = await connected();
    const before = socket.id;
    for (let n = 0; n < 5; n++) {
      socket.emit("break");
      const [reason] = await next(socket, "disconnect");
      assert.match(reason, /^transport (close|error)$/);
      await next(socket, "connect");
    }
    assert.notEqual(socket.id, before);
    assert.equal(await socket.emitWithAck("echo", "still here"), "still here");
  },

  async "a disconnect by the client"() {
    const socket = await connected();
    socket.disconnect();
    socket.connect();
    await next(socket, "connect");
    assert.equal(await socket.emitWithAck("echo", 1), 1);
  },

  async "pings"() {
    const socket = await connected();
    let pings = 0;
    socket.io.on("ping", () => pings++);
    while (pings < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(socket.connected, true);
  },

  async "large messages"() {
    const socket = await connected();
    const text = "é".repeat(30_000);
    assert.equal(await socket.emitWithAck("echo", text), text);
    socket.emit("echo", "x".repeat(70_000));
    const [reason] = await next(socket, "disconnect");
    assert.equal(reason, "transport close");
  },
};

setTimeout(() => {
  console.error("the scenario timed out");
  process.exit(1);
}, 60_000).unref();
await scenarios[name]();
process.exit(0);
