import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Connection, type Listener, type Meta, type Note, type Refusal, type State } from "./connection";
import { settled, TestClock } from "./testing/clock";
import { TestSocket } from "./testing/socket";

class Ear implements Listener {
  heard: unknown[] = [];
  joins = 0;
  refusals: Refusal[] = [];
  message(payload: unknown, _: Meta): void {
    this.heard.push(payload);
  }
  joined(): void {
    this.joins++;
  }
  refused(refusal: Refusal): void {
    this.refusals.push(refusal);
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

function refusal(code: string) {
  return { ok: false as const, error: { code, message: "No." } };
}

/** The time between one moment and the next. */
function waits(moments: number[]): number[] {
  return moments.slice(1).map((moment, i) => moment - (moments[i] ?? 0));
}

describe("a connection", () => {
  test("is made with the first subscription, not before", () => {
    const { socket, connection, states } = setUp();

    assert.equal(socket.attempts, 0);
    assert.deepEqual(states, []);
    connection.subscribe(feed, new Ear());

    assert.equal(socket.attempts, 1);
    connection.subscribe("blog.desk", new Ear());
    assert.equal(socket.attempts, 1);
  });

  test("asks once for a topic that two listen to, and tells both", async () => {
    const { socket, connection } = setUp();
    const [one, two] = [new Ear(), new Ear()];

    connection.subscribe(feed, one);
    connection.subscribe(feed, two);
    socket.open();
    await settled();
    socket.hear(feed, { id: 1 }, { id: "a" });

    assert.deepEqual(socket.said, [["subscribe", feed]]);
    assert.deepEqual([one.heard, two.heard], [[{ id: 1 }], [{ id: 1 }]]);
    assert.deepEqual([one.joins, two.joins], [1, 1]);
  });

  test("tells a late listener at once that it hears everything", async () => {
    const { socket, connection } = setUp();
    connection.subscribe(feed, new Ear());
    socket.open();
    await settled();
    const late = new Ear();

    connection.subscribe(feed, late);

    assert.equal(late.joins, 1);
  });

  test("unsubscribes when the last listener leaves", async () => {
    const { socket, connection } = setUp();
    const [one, two] = [new Ear(), new Ear()];
    const leaveOne = connection.subscribe(feed, one);
    const leaveTwo = connection.subscribe(feed, two);
    socket.open();
    await settled();

    leaveOne();
    leaveOne();
    assert.equal(socket.said.length, 1);
    leaveTwo();
    socket.hear(feed, { id: 1 });

    assert.deepEqual(socket.said.at(-1), ["unsubscribe", feed]);
    assert.deepEqual(two.heard, []);
  });

  test("goes on when one listener makes a mistake", async (t) => {
    const { socket, connection } = setUp();
    const complaints = t.mock.method(console, "error", () => undefined);
    const ear = new Ear();
    connection.subscribe(feed, { message: () => assert.fail("a mistake") });
    connection.subscribe(feed, ear);
    socket.open();
    await settled();

    socket.hear(feed, { id: 1 });

    assert.equal(ear.heard.length, 1);
    assert.equal(complaints.mock.callCount(), 1);
  });

  test("comes back by itself and subscribes again", async () => {
    const { socket, clock, connection, state } = setUp();
    const ear = new Ear();
    connection.subscribe(feed, ear);
    socket.open();
    await settled();

    socket.drop();
    assert.deepEqual(state(), ["reconnecting", ""]);
    await clock.pass(1_000);
    assert.equal(socket.attempts, 2);
    socket.open();
    await settled();

    assert.deepEqual(state(), ["live", ""]);
    assert.equal(ear.joins, 2);
    assert.deepEqual(socket.said, [
      ["subscribe", feed],
      ["subscribe", feed],
    ]);
  });

  test("waits longer with each failure, never longer than a while, and says that it is offline", async () => {
    const { socket, clock, connection, state } = setUp();
    connection.subscribe(feed, new Ear());
    const waits: number[] = [];

    for (let i = 0; i < 8; i++) {
      const before = clock.now();
      const attempts = socket.attempts;
      socket.hear("connect_error", new Error("websocket error"));
      while (socket.attempts === attempts) {
        await clock.pass(100);
      }
      waits.push(clock.now() - before);
      assert.equal(state()?.[0], i < 4 ? "reconnecting" : "offline");
    }

    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("does not start from the shortest wait with a server that lets it in and throws it out", async () => {
    const { socket, clock, connection } = setUp();
    connection.subscribe(feed, new Ear());

    for (let i = 0; i < 10; i++) {
      socket.open();
      await settled();
      socket.drop();
      await clock.pass(30_000);
    }

    const attempts = socket.attempts;
    socket.open();
    socket.drop();
    await clock.pass(20_000);
    assert.equal(socket.attempts, attempts);
  });

  test("comes back after a restart of the server, at a moment of its own", async () => {
    const { socket, clock, connection, state } = setUp();
    connection.subscribe(feed, new Ear());
    socket.open();
    await settled();

    socket.close("restart");

    assert.deepEqual(state(), ["reconnecting", ""]);
    assert.equal(socket.attempts, 1);
    await clock.pass(1_500);
    assert.equal(socket.attempts, 2);
  });

  for (const reason of ["session_ended", "expired"]) {
    test(`stays away when the server says ${reason}, until somebody looks at the page`, async () => {
      const { socket, clock, connection, state } = setUp();
      connection.subscribe(feed, new Ear());
      socket.open();
      await settled();

      socket.close(reason);
      await clock.pass(3_600_000);

      assert.deepEqual(state(), ["offline", "signed-out"]);
      assert.equal(socket.attempts, 1);
      connection.wake();
      assert.equal(socket.attempts, 2);
    });
  }

  test("stays away when it is refused, and does not hammer however often it is woken", async () => {
    const { socket, clock, connection, state } = setUp();
    connection.subscribe(feed, new Ear());

    socket.refuse("unauthenticated");
    assert.deepEqual(state(), ["offline", "signed-out"]);
    for (let i = 0; i < 100; i++) {
      connection.wake();
      await clock.pass(10);
    }
    assert.equal(socket.attempts, 1);

    await clock.pass(10_000);
    connection.wake();
    socket.refuse("forbidden");
    assert.equal(socket.attempts, 2);
    assert.deepEqual(state(), ["offline", "refused"]);
  });

  test("tries again by itself when the server is only too busy", async () => {
    const { socket, clock, connection } = setUp();
    connection.subscribe(feed, new Ear());

    socket.refuse("too_many");
    await clock.pass(2_000);

    assert.equal(socket.attempts, 2);
  });

  test("tries at once when the network is back", async () => {
    const { socket, clock, connection } = setUp();
    connection.subscribe(feed, new Ear());
    for (let i = 0; i < 5; i++) {
      socket.hear("connect_error", new Error("websocket error"));
      await clock.pass(i < 4 ? 30_000 : 1_500);
    }
    const attempts = socket.attempts;

    connection.wake();

    assert.equal(socket.attempts, attempts + 1);
  });

  test("is put away with the page and comes back with it", async () => {
    const { socket, connection, state } = setUp();
    const ear = new Ear();
    connection.subscribe(feed, ear);
    socket.open();
    await settled();

    connection.pause();
    assert.deepEqual(state(), ["idle", ""]);
    connection.resume();
    socket.open();
    await settled();

    assert.equal(socket.attempts, 2);
    assert.equal(ear.joins, 2);
  });
});

describe("a topic", () => {
  test("that is refused is not asked for again on this connection", async () => {
    const { socket, clock, connection } = setUp();
    socket.answer = () => ({ ok: false, error: { code: "forbidden", message: "No." } });
    const ear = new Ear();
    connection.subscribe(feed, ear);
    socket.open();
    await clock.pass(60_000);

    assert.deepEqual(ear.refusals, [{ code: "forbidden", message: "No." }]);
    assert.equal(socket.said.length, 1);
    const late = new Ear();
    connection.subscribe(feed, late);
    assert.equal(late.refusals.length, 1);
  });

  test("that is taken away says so", async () => {
    const { socket, connection } = setUp();
    const ear = new Ear();
    connection.subscribe("blog.desk", ear);
    socket.open();
    await settled();

    socket.hear("unsubscribed", { topic: "blog.desk", error: { code: "forbidden", message: "No." } });

    assert.equal(ear.refusals[0]?.code, "forbidden");
  });

  test("whose subscription is not answered is asked for again", async () => {
    const { socket, clock, connection } = setUp();
    let silent = true;
    socket.answer = () => (silent ? new Error("timeout") : { ok: true });
    const ear = new Ear();
    connection.subscribe(feed, ear);
    socket.open();
    await settled();

    silent = false;
    await clock.pass(2_000);

    assert.equal(ear.joins, 1);
    assert.equal(socket.said.length, 2);
  });

  for (const code of ["unavailable", "internal", "too_many"]) {
    test(`that the server cannot carry now (${code}) is asked for again, and nobody is told`, async () => {
      const { socket, clock, connection } = setUp();
      socket.answer = () => refusal(code);
      const [ear, late] = [new Ear(), new Ear()];
      connection.subscribe(feed, ear);
      socket.open();
      await settled();
      connection.subscribe(feed, late);

      socket.answer = () => ({ ok: true });
      await clock.pass(1_000);

      assert.deepEqual([ear.joins, late.joins], [1, 1]);
      assert.deepEqual([ear.refusals, late.refusals], [[], []]);
      assert.equal(socket.said.length, 2);
    });

    test(`that is taken away because of a fault (${code}) comes back, and its listeners learn that they missed something`, async () => {
      const { socket, clock, connection } = setUp();
      const ear = new Ear();
      connection.subscribe(feed, ear);
      socket.open();
      await settled();

      socket.hear("unsubscribed", { topic: feed, error: { code, message: "No." } });
      assert.equal(ear.joins, 1);
      await clock.pass(1_000);

      assert.equal(ear.joins, 2);
      assert.deepEqual(ear.refusals, []);
    });
  }

  test("is asked for less and less often while it cannot be had, and soon again once it could", async () => {
    const { socket, clock, connection } = setUp();
    let failing = 7;
    const asked: number[] = [];
    socket.answer = () => {
      asked.push(clock.now());
      return failing-- > 0 ? refusal("unavailable") : { ok: true };
    };
    connection.subscribe(feed, new Ear());
    socket.open();
    await clock.pass(200_000);

    assert.deepEqual(waits(asked), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    failing = 1;
    asked.length = 0;
    socket.hear("unsubscribed", { topic: feed, error: { code: "unavailable", message: "No." } });
    await clock.pass(200_000);
    assert.deepEqual(waits(asked), [2_000]);
  });

  test("is refused when the server has thought about it", async () => {
    const { socket, clock, connection } = setUp();
    const ear = new Ear();
    connection.subscribe(feed, ear);
    socket.open();
    await settled();

    socket.answer = () => refusal("forbidden");
    socket.hear("unsubscribed", { topic: feed, error: { code: "internal", message: "No." } });
    await clock.pass(200_000);

    assert.deepEqual(ear.refusals.map(({ code }) => code), ["forbidden"]);
    assert.equal(socket.said.length, 2);
  });

  test("is not asked for again when nobody wants it any more", async () => {
    const { socket, clock, connection } = setUp();
    socket.answer = () => refusal("unavailable");
    const leave = connection.subscribe(feed, new Ear());
    socket.open();
    await settled();

    leave();
    await clock.pass(200_000);

    assert.deepEqual(socket.said, [
      ["subscribe", feed],
      ["unsubscribe", feed],
    ]);
  });

  test("is asked for once on the next connection, whatever the last one waited for", async () => {
    const { socket, clock, connection } = setUp();
    const ear = new Ear();
    socket.answer = () => refusal("unavailable");
    connection.subscribe(feed, ear);
    socket.open();
    await settled();

    socket.drop();
    socket.answer = () => ({ ok: true });
    socket.open();
    await clock.pass(200_000);

    assert.equal(socket.said.length, 2);
    assert.equal(ear.joins, 1);
  });

  test("that is taken away before it was answered is not joined by that answer", async () => {
    const { socket, clock, connection } = setUp();
    const ear = new Ear();
    connection.subscribe(feed, ear);
    socket.open();

    socket.hear("unsubscribed", { topic: feed, error: { code: "unavailable", message: "No." } });
    await settled();
    assert.equal(ear.joins, 0);
    await clock.pass(1_000);

    assert.equal(ear.joins, 1);
    assert.equal(socket.said.length, 2);
  });

  test("is not joined by an answer to an earlier connection", async () => {
    const { socket, connection } = setUp();
    const ear = new Ear();
    connection.subscribe(feed, ear);

    socket.open();
    socket.drop();
    await settled();

    assert.equal(ear.joins, 0);
  });

  test("takes what the server says to be anything", async () => {
    const { socket, connection } = setUp();
    const ear = new Ear();
    connection.subscribe(feed, ear);
    socket.open();
    await settled();

    for (const odd of [undefined, null, 1, "closing", [], { topic: {} }, { topic: "__proto__" }]) {
      socket.hear("closing", odd);
      socket.hear("unsubscribed", odd);
      socket.hear(feed, odd, odd);
    }

    assert.equal(ear.heard.length, 7);
    assert.equal(ear.refusals.length, 0);
  });
});

describe("send", () => {
  test("answers what the server answers", async () => {
    const { socket, connection } = setUp();
    connection.subscribe(feed, new Ear());
    socket.open();
    await settled();
    socket.answer = () => ({ ok: false, error: { code: "invalid_payload", message: "No." } });

    const answer = await connection.send(feed, { id: 1 });

    assert.deepEqual(answer, { ok: false, error: { code: "invalid_payload", message: "No." } });
    assert.deepEqual(socket.said.at(-1), [feed, { id: 1 }]);
  });

  test("answers that there is no connection", async () => {
    const { connection } = setUp();

    const answer = await connection.send(feed, {});

    assert.equal(answer.ok === false && answer.error.code, "unavailable");
  });
});
