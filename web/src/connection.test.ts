import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Connection, type Listener, type Meta, type Note, type Rejection, type State } from "./connection";
import { settled, TestClock } from "./testing/clock";
import { TestSocket } from "./testing/socket";

class TestListener implements Listener {
  messages: unknown[] = [];
  joins = 0;
  rejections: Rejection[] = [];
  message(payload: unknown, _: Meta): void {
    this.messages.push(payload);
  }
  joined(): void {
    this.joins++;
  }
  rejected(rejection: Rejection): void {
    this.rejections.push(rejection);
  }
}

function setUp() {
  const socket = new TestSocket();
  const clock = new TestClock();
  const states: [State, Note][] = [];
  const connection = new Connection(socket, clock, (state, note) => states.push([state, note]));
  const state = () => states.at(-1);
  return { socket, clock, connection, states, state };
}

const feed = "blog.article.feed";

function rejection(code: string) {
  return { ok: false as const, error: { code, message: "No." } };
}

/** The times between consecutive moments. */
function intervals(moments: number[]): number[] {
  return moments.slice(1).map((moment, i) => moment - (moments[i] ?? 0));
}

describe("a connection", () => {
  test("opens with the first subscription", () => {
    const { socket, connection, states } = setUp();

    assert.equal(socket.attempts, 0);
    assert.deepEqual(states, []);
    connection.subscribe(feed, new TestListener());

    assert.equal(socket.attempts, 1);
    connection.subscribe("blog.desk", new TestListener());
    assert.equal(socket.attempts, 1);
  });

  test("subscribes once to a topic with two listeners, and notifies both", async () => {
    const { socket, connection } = setUp();
    const [one, two] = [new TestListener(), new TestListener()];

    connection.subscribe(feed, one);
    connection.subscribe(feed, two);
    socket.open();
    await settled();
    socket.receive(feed, { id: 1 }, { id: "a" });

    assert.deepEqual(socket.sent, [["subscribe", feed]]);
    assert.deepEqual([one.messages, two.messages], [[{ id: 1 }], [{ id: 1 }]]);
    assert.deepEqual([one.joins, two.joins], [1, 1]);
  });

  test("calls joined immediately for a listener of a joined topic", async () => {
    const { socket, connection } = setUp();
    connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();
    const late = new TestListener();

    connection.subscribe(feed, late);

    assert.equal(late.joins, 1);
  });

  test("unsubscribes when the last listener leaves", async () => {
    const { socket, connection } = setUp();
    const [one, two] = [new TestListener(), new TestListener()];
    const unsubscribeOne = connection.subscribe(feed, one);
    const unsubscribeTwo = connection.subscribe(feed, two);
    socket.open();
    await settled();

    unsubscribeOne();
    unsubscribeOne();
    assert.equal(socket.sent.length, 1);
    unsubscribeTwo();
    socket.receive(feed, { id: 1 });

    assert.deepEqual(socket.sent.at(-1), ["unsubscribe", feed]);
    assert.deepEqual(two.messages, []);
  });

  test("calls the other listeners if one throws", async (t) => {
    const { socket, connection } = setUp();
    const errors = t.mock.method(console, "error", () => undefined);
    const listener = new TestListener();
    connection.subscribe(feed, { message: () => assert.fail("a bug") });
    connection.subscribe(feed, listener);
    socket.open();
    await settled();

    socket.receive(feed, { id: 1 });

    assert.equal(listener.messages.length, 1);
    assert.equal(errors.mock.callCount(), 1);
  });

  test("reconnects by itself and subscribes again", async () => {
    const { socket, clock, connection, state } = setUp();
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();
    await settled();

    socket.drop();
    assert.deepEqual(state(), ["reconnecting", ""]);
    await clock.advance(1_000);
    assert.equal(socket.attempts, 2);
    socket.open();
    await settled();

    assert.deepEqual(state(), ["live", ""]);
    assert.equal(listener.joins, 2);
    assert.deepEqual(socket.sent, [
      ["subscribe", feed],
      ["subscribe", feed],
    ]);
  });

  test("backs off up to 30 seconds and reports that it is offline", async () => {
    const { socket, clock, connection, state } = setUp();
    connection.subscribe(feed, new TestListener());
    const delays: number[] = [];

    for (let i = 0; i < 8; i++) {
      const before = clock.now();
      const attempts = socket.attempts;
      socket.receive("connect_error", new Error("websocket error"));
      while (socket.attempts === attempts) {
        await clock.advance(100);
      }
      delays.push(clock.now() - before);
      assert.equal(state()?.[0], i < 4 ? "reconnecting" : "offline");
    }

    assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("does not reset the backoff after a short connection", async () => {
    const { socket, clock, connection } = setUp();
    connection.subscribe(feed, new TestListener());

    for (let i = 0; i < 10; i++) {
      socket.open();
      await settled();
      socket.drop();
      await clock.advance(30_000);
    }

    const attempts = socket.attempts;
    socket.open();
    socket.drop();
    await clock.advance(20_000);
    assert.equal(socket.attempts, attempts);
  });

  test("reconnects with a delay after a server restart", async () => {
    const { socket, clock, connection, state } = setUp();
    connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();

    socket.close("restart");

    assert.deepEqual(state(), ["reconnecting", ""]);
    assert.equal(socket.attempts, 1);
    await clock.advance(1_500);
    assert.equal(socket.attempts, 2);
  });

  for (const reason of ["session_ended", "expired"]) {
    test(`stays offline after ${reason} until it is woken`, async () => {
      const { socket, clock, connection, state } = setUp();
      connection.subscribe(feed, new TestListener());
      socket.open();
      await settled();

      socket.close(reason);
      await clock.advance(3_600_000);

      assert.deepEqual(state(), ["offline", "signed-out"]);
      assert.equal(socket.attempts, 1);
      connection.wake();
      assert.equal(socket.attempts, 2);
    });
  }

  test("limits attempts after a rejection, however often it is woken", async () => {
    const { socket, clock, connection, state } = setUp();
    connection.subscribe(feed, new TestListener());

    socket.reject("unauthenticated");
    assert.deepEqual(state(), ["offline", "signed-out"]);
    for (let i = 0; i < 100; i++) {
      connection.wake();
      await clock.advance(10);
    }
    assert.equal(socket.attempts, 1);

    await clock.advance(10_000);
    connection.wake();
    socket.reject("forbidden");
    assert.equal(socket.attempts, 2);
    assert.deepEqual(state(), ["offline", "rejected"]);
  });

  test("retries a temporary rejection", async () => {
    const { socket, clock, connection } = setUp();
    connection.subscribe(feed, new TestListener());

    socket.reject("too_many");
    await clock.advance(2_000);

    assert.equal(socket.attempts, 2);
  });

  test("reconnects immediately when the network is back", async () => {
    const { socket, clock, connection } = setUp();
    connection.subscribe(feed, new TestListener());
    for (let i = 0; i < 5; i++) {
      socket.receive("connect_error", new Error("websocket error"));
      await clock.advance(i < 4 ? 30_000 : 1_500);
    }
    const attempts = socket.attempts;

    connection.wake();

    assert.equal(socket.attempts, attempts + 1);
  });

  test("is kept if the server answers a check", async () => {
    const { socket, clock, connection, states } = setUp();
    connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();
    const before = states.length;

    connection.wake();
    await clock.advance(60_000);

    assert.equal(socket.pings, 1);
    assert.equal(socket.attempts, 1);
    assert.equal(states.length, before);
  });

  test("is replaced if it was lost silently", async () => {
    const { socket, connection, state } = setUp();
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();
    await settled();
    socket.alive = () => Promise.reject(new Error("timeout"));

    connection.wake();
    await settled();

    assert.deepEqual(state(), ["reconnecting", ""]);
    assert.equal(socket.attempts, 2);
    socket.open();
    await settled();
    assert.deepEqual(state(), ["live", ""]);
    assert.equal(listener.joins, 2);
  });

  test("is kept if messages arrive instead of the answer to a check", async () => {
    const { socket, connection, state } = setUp();
    connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();
    let timeOut = () => {};
    socket.alive = () => new Promise((_, reject) => (timeOut = () => reject(new Error("timeout"))));

    connection.wake();
    connection.wake();
    socket.receive(feed, { id: 1 });
    timeOut();
    await settled();

    assert.equal(socket.pings, 1);
    assert.deepEqual(state(), ["live", ""]);
    assert.equal(socket.attempts, 1);
  });

  test("is not replaced by a check of an earlier one", async () => {
    const { socket, connection, state } = setUp();
    connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();
    let timeOut = () => {};
    socket.alive = () => new Promise((_, reject) => (timeOut = () => reject(new Error("timeout"))));

    connection.wake();
    socket.drop();
    socket.open();
    timeOut();
    await settled();

    assert.deepEqual(state(), ["live", ""]);
  });

  test("is checked if a request is not answered", async () => {
    const { socket, connection, state } = setUp();
    connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();
    socket.reply = () => new Error("timeout");
    socket.alive = () => Promise.reject(new Error("timeout"));

    await connection.send(feed, {});
    await settled();

    assert.deepEqual(state(), ["reconnecting", ""]);
    assert.equal(socket.attempts, 2);
  });

  test("is attempted again if the server does not accept it in time", async () => {
    const { socket, clock, connection, state } = setUp();
    connection.subscribe(feed, new TestListener());

    await clock.advance(9_000);
    connection.wake();
    assert.equal(socket.attempts, 1);
    await clock.advance(2_000);
    assert.equal(socket.attempts, 2);
    socket.open();
    await clock.advance(60_000);

    assert.equal(socket.attempts, 2);
    assert.deepEqual(state(), ["live", ""]);
  });

  test("disconnects on pause and reconnects on resume", async () => {
    const { socket, connection, state } = setUp();
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();
    await settled();

    connection.pause();
    assert.deepEqual(state(), ["idle", ""]);
    connection.resume();
    socket.open();
    await settled();

    assert.equal(socket.attempts, 2);
    assert.equal(listener.joins, 2);
  });
});

describe("a topic", () => {
  test("is not retried on the same connection after a rejection", async () => {
    const { socket, clock, connection } = setUp();
    socket.reply = () => ({ ok: false, error: { code: "forbidden", message: "No." } });
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();
    await clock.advance(60_000);

    assert.deepEqual(listener.rejections, [{ code: "forbidden", message: "No." }]);
    assert.equal(socket.sent.length, 1);
    const late = new TestListener();
    connection.subscribe(feed, late);
    assert.equal(late.rejections.length, 1);
  });

  test("reports that the server ended the subscription", async () => {
    const { socket, connection } = setUp();
    const listener = new TestListener();
    connection.subscribe("blog.desk", listener);
    socket.open();
    await settled();

    socket.receive("unsubscribed", { topic: "blog.desk", error: { code: "forbidden", message: "No." } });

    assert.equal(listener.rejections[0]?.code, "forbidden");
  });

  test("is retried if the server does not reply", async () => {
    const { socket, clock, connection } = setUp();
    let timingOut = true;
    socket.reply = () => (timingOut ? new Error("timeout") : { ok: true });
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();
    await settled();

    timingOut = false;
    await clock.advance(2_000);

    assert.equal(listener.joins, 1);
    assert.equal(socket.sent.length, 2);
  });

  for (const code of ["unavailable", "internal", "too_many"]) {
    test(`is retried after ${code} without notifying listeners`, async () => {
      const { socket, clock, connection } = setUp();
      socket.reply = () => rejection(code);
      const [listener, late] = [new TestListener(), new TestListener()];
      connection.subscribe(feed, listener);
      socket.open();
      await settled();
      connection.subscribe(feed, late);

      socket.reply = () => ({ ok: true });
      await clock.advance(1_000);

      assert.deepEqual([listener.joins, late.joins], [1, 1]);
      assert.deepEqual([listener.rejections, late.rejections], [[], []]);
      assert.equal(socket.sent.length, 2);
    });

    test(`is subscribed again after the server ended it with ${code}, and calls joined`, async () => {
      const { socket, clock, connection } = setUp();
      const listener = new TestListener();
      connection.subscribe(feed, listener);
      socket.open();
      await settled();

      socket.receive("unsubscribed", { topic: feed, error: { code, message: "No." } });
      assert.equal(listener.joins, 1);
      await clock.advance(1_000);

      assert.equal(listener.joins, 2);
      assert.deepEqual(listener.rejections, []);
    });
  }

  test("is retried with backoff, which resets after a success", async () => {
    const { socket, clock, connection } = setUp();
    let failing = 7;
    const asked: number[] = [];
    socket.reply = () => {
      asked.push(clock.now());
      return failing-- > 0 ? rejection("unavailable") : { ok: true };
    };
    connection.subscribe(feed, new TestListener());
    socket.open();
    await clock.advance(200_000);

    assert.deepEqual(intervals(asked), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    failing = 1;
    asked.length = 0;
    socket.receive("unsubscribed", { topic: feed, error: { code: "unavailable", message: "No." } });
    await clock.advance(200_000);
    assert.deepEqual(intervals(asked), [2_000]);
  });

  test("is rejected if the retry is rejected for good", async () => {
    const { socket, clock, connection } = setUp();
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();
    await settled();

    socket.reply = () => rejection("forbidden");
    socket.receive("unsubscribed", { topic: feed, error: { code: "internal", message: "No." } });
    await clock.advance(200_000);

    assert.deepEqual(listener.rejections.map(({ code }) => code), ["forbidden"]);
    assert.equal(socket.sent.length, 2);
  });

  test("is not retried after the last listener unsubscribed", async () => {
    const { socket, clock, connection } = setUp();
    socket.reply = () => rejection("unavailable");
    const unsubscribe = connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();

    unsubscribe();
    await clock.advance(200_000);

    assert.deepEqual(socket.sent, [
      ["subscribe", feed],
      ["unsubscribe", feed],
    ]);
  });

  test("is subscribed once on the next connection, even with a retry pending", async () => {
    const { socket, clock, connection } = setUp();
    const listener = new TestListener();
    socket.reply = () => rejection("unavailable");
    connection.subscribe(feed, listener);
    socket.open();
    await settled();

    socket.drop();
    socket.reply = () => ({ ok: true });
    socket.open();
    await clock.advance(200_000);

    assert.equal(socket.sent.length, 2);
    assert.equal(listener.joins, 1);
  });

  test("ignores a reply to a subscription that the server has ended", async () => {
    const { socket, clock, connection } = setUp();
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();

    socket.receive("unsubscribed", { topic: feed, error: { code: "unavailable", message: "No." } });
    await settled();
    assert.equal(listener.joins, 0);
    await clock.advance(1_000);

    assert.equal(listener.joins, 1);
    assert.equal(socket.sent.length, 2);
  });

  test("ignores a reply from an earlier connection", async () => {
    const { socket, connection } = setUp();
    const listener = new TestListener();
    connection.subscribe(feed, listener);

    socket.open();
    socket.drop();
    await settled();

    assert.equal(listener.joins, 0);
  });

  test("tolerates invalid messages from the server", async () => {
    const { socket, connection } = setUp();
    const listener = new TestListener();
    connection.subscribe(feed, listener);
    socket.open();
    await settled();

    for (const invalid of [undefined, null, 1, "closing", [], { topic: {} }, { topic: "__proto__" }]) {
      socket.receive("closing", invalid);
      socket.receive("unsubscribed", invalid);
      socket.receive(feed, invalid, invalid);
    }

    assert.equal(listener.messages.length, 7);
    assert.equal(listener.rejections.length, 0);
  });
});

describe("send", () => {
  test("returns the server's reply", async () => {
    const { socket, connection } = setUp();
    connection.subscribe(feed, new TestListener());
    socket.open();
    await settled();
    socket.reply = () => ({ ok: false, error: { code: "invalid_payload", message: "No." } });

    const reply = await connection.send(feed, { id: 1 });

    assert.deepEqual(reply, { ok: false, error: { code: "invalid_payload", message: "No." } });
    assert.deepEqual(socket.sent.at(-1), [feed, { id: 1 }]);
  });

  test("returns unavailable without a connection", async () => {
    const { connection } = setUp();

    const reply = await connection.send(feed, {});

    assert.equal(reply.ok === false && reply.error.code, "unavailable");
  });
});
