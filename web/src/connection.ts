/**
 * One connection to the server, shared by everything on the page: when to
 * connect, when to try again and when to let it be, and who hears what.
 *
 * It says nothing to a browser and knows no library: `realtime.ts` gives it a
 * socket, tests give it a false one.
 */

/** What a page can say of its connection. "idle" until something is subscribed to. */
export type State = "idle" | "live" | "reconnecting" | "offline";

/** Why a page is offline and stays so, for a person. */
export type Note = "" | "signed-out" | "refused";

/** What is needed of a socket of socket.io-client. */
export interface Socket {
  readonly connected: boolean;
  connect(): unknown;
  disconnect(): unknown;
  on(event: string, listener: (...args: any[]) => void): unknown;
  off(event: string, listener: (...args: any[]) => void): unknown;
  timeout(milliseconds: number): { emitWithAck(event: string, ...args: unknown[]): Promise<unknown> };
}

/** Time and chance, so that a test can set them. */
export interface Clock {
  now(): number;
  random(): number;
  later(milliseconds: number, run: () => void): () => void;
}

/** What the server says beside the payload. */
export interface Meta {
  id?: string;
  at?: string;
}

/** Why the server does not do what it was asked. */
export interface Refusal {
  code: string;
  message: string;
}

/** The server's answer to what was sent. */
export type Answer = { ok: true } | { ok: false; error: Refusal };

/** What a subscriber may want to hear. */
export interface Listener {
  message(payload: unknown, meta: Meta): void;
  /**
   * From now on nothing is missed; what was said before may have been. It is
   * called after the first subscription, after each reconnection, and when the
   * topic is back that the server could not carry for a while.
   */
  joined?(): void;
  /** The server lets nothing of this topic through, or no longer. What passes by itself is not told. */
  refused?(refusal: Refusal): void;
}

const answerWithin = 10_000;
const firstDelay = 1_000;
const longestDelay = 30_000;
/** A connection that held this long starts the delays from the first again. */
const steady = 10_000;
/** After so many failures in a row the page says that it is offline, and goes on trying. */
const patience = 4;
/** However often a page is looked at, a server that said no is asked again only after this. */
const restAtLeast = 10_000;

/** Why the server closes a socket that may come back. Any other reason is a no. */
const comeBack = new Set(["restart", "draining", "slow"]);
const signedOut = new Set(["session_ended", "expired", "unauthenticated"]);
/** Refusals that pass by themselves, at the door and of a topic. */
const passing = new Set(["timeout", "too_many", "unavailable", "internal"]);

export class Connection {
  #socket: Socket;
  #clock: Clock;
  #onState: (state: State, note: Note) => void;
  #state: State = "idle";
  #topics = new Map<string, Topic>();
  #failures = 0;
  #liveSince = 0;
  #closing = "";
  #resting = false;
  #triedAt = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(socket: Socket, clock: Clock, onState: (state: State, note: Note) => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onState = onState;
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", (reason: string) => this.#disconnected(reason));
    socket.on("connect_error", (error: unknown) => this.#failed(error));
    socket.on("closing", (message: unknown) => (this.#closing = textOf(message, "reason")));
    socket.on("unsubscribed", (message: unknown) => this.#unsubscribed(message));
  }

  get state(): State {
    return this.#state;
  }

  /** Hears a topic until the function that it returns is called. */
  subscribe(name: string, listener: Listener): () => void {
    let topic = this.#topics.get(name);
    if (!topic) {
      topic = this.#open(name);
    } else if (topic.joined) {
      listener.joined?.();
    } else if (topic.refusal) {
      listener.refused?.(topic.refusal);
    }
    topic.listeners.add(listener);
    this.#start();
    return () => this.#leave(topic, listener);
  }

  /** Says something on a topic. The answer is the server's; no connection is an answer, too. */
  async send(topic: string, payload: unknown): Promise<Answer> {
    if (!this.#socket.connected) {
      return { ok: false, error: { code: "unavailable", message: "Not connected to the server." } };
    }
    return this.#ask(topic, payload);
  }

  /** The page is looked at, or the network is back: a good moment to try. */
  wake(): void {
    const waiting = this.#state === "reconnecting" || this.#state === "offline";
    const soon = this.#resting ? restAtLeast : firstDelay;
    if (waiting && !this.#socket.connected && this.#clock.now() - this.#triedAt >= soon) {
      this.#connect();
    }
  }

  /** The page is put away, perhaps for good. `resume` brings it back. */
  pause(): void {
    this.#cancelRetry?.();
    this.#resting = false;
    this.#socket.disconnect();
    for (const topic of this.#topics.values()) {
      topic.joined = false;
    }
    this.#set("idle");
  }

  resume(): void {
    if (this.#topics.size > 0) {
      this.#start();
    }
  }

  #open(name: string): Topic {
    const topic = new Topic(name);
    this.#topics.set(name, topic);
    this.#socket.on(name, topic.receive);
    if (this.#socket.connected) {
      void this.#join(topic);
    }
    return topic;
  }

  #leave(topic: Topic, listener: Listener): void {
    topic.listeners.delete(listener);
    if (topic.listeners.size > 0 || this.#topics.get(topic.name) !== topic) {
      return;
    }
    this.#topics.delete(topic.name);
    this.#socket.off(topic.name, topic.receive);
    if (this.#socket.connected) {
      void this.#ask("unsubscribe", topic.name);
    }
  }

  #start(): void {
    if (this.#state === "idle") {
      this.#set("reconnecting");
      this.#connect();
    }
  }

  #connect(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#resting = false;
    this.#closing = "";
    this.#triedAt = this.#clock.now();
    this.#socket.connect();
  }

  #connected(): void {
    this.#liveSince = this.#clock.now();
    this.#set("live");
    for (const topic of this.#topics.values()) {
      void this.#join(topic);
    }
  }

  #disconnected(reason: string): void {
    for (const topic of this.#topics.values()) {
      topic.joined = false;
    }
    if (reason === "io client disconnect") {
      return;
    }
    if (this.#clock.now() - this.#liveSince >= steady) {
      this.#failures = 0;
    }
    if (reason !== "io server disconnect" || comeBack.has(this.#closing)) {
      this.#retry();
    } else {
      this.#rest(signedOut.has(this.#closing) ? "signed-out" : "refused");
    }
  }

  #failed(error: unknown): void {
    const code = textOf(objectOf(error)["data"], "code");
    if (code === "" || passing.has(code)) {
      this.#retry();
    } else {
      this.#rest(signedOut.has(code) ? "signed-out" : "refused");
    }
  }

  #retry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#clock.later(this.#delayAfter(this.#failures++), () => this.#connect());
    this.#set(this.#failures > patience ? "offline" : "reconnecting");
  }

  /** The server said no: it is not asked again until somebody looks at the page. */
  #rest(note: Note): void {
    this.#resting = true;
    this.#triedAt = this.#clock.now();
    this.#set("offline", note);
  }

  /** It grows with each failure and differs from page to page, so that a restarted server is not run over. */
  #delayAfter(failures: number): number {
    return Math.min(firstDelay * 2 ** failures, longestDelay) * (0.5 + this.#clock.random());
  }

  async #join(topic: Topic): Promise<void> {
    const turn = topic.begin();
    const answer = await this.#ask("subscribe", topic.name);
    if (!this.#waits(topic, turn)) {
      return;
    }
    if (answer.ok) {
      topic.join();
    } else {
      this.#withhold(topic, answer.error);
    }
  }

  /** Whether the topic still waits for what was begun in this turn. */
  #waits(topic: Topic, turn: number): boolean {
    return this.#socket.connected && this.#topics.get(topic.name) === topic && topic.turn === turn;
  }

  /** Without the topic: it is asked for again if that may help, and refused if not. */
  #withhold(topic: Topic, refusal: Refusal): void {
    if (!passing.has(refusal.code)) {
      topic.refuse(refusal);
      return;
    }
    const turn = topic.begin();
    this.#clock.later(this.#delayAfter(topic.failures++), () => {
      if (this.#waits(topic, turn)) {
        void this.#join(topic);
      }
    });
  }

  async #ask(event: string, argument: unknown): Promise<Answer> {
    try {
      return answerOf(await this.#socket.timeout(answerWithin).emitWithAck(event, argument));
    } catch {
      return { ok: false, error: { code: "timeout", message: "The server didn't respond." } };
    }
  }

  #unsubscribed(message: unknown): void {
    const topic = this.#topics.get(textOf(message, "topic"));
    if (topic) {
      this.#withhold(topic, refusalOf(objectOf(message)["error"]));
    }
  }

  #set(state: State, note: Note = ""): void {
    this.#state = state;
    this.#onState(state, note);
  }
}

/** Topic is what everybody on the page who hears one topic shares. */
class Topic {
  readonly name: string;
  readonly listeners = new Set<Listener>();
  joined = false;
  refusal: Refusal | undefined;
  /** How often in a row it could not be had. */
  failures = 0;
  /** Counts what it has waited for: whatever comes of an earlier turn is too late. */
  turn = 0;

  constructor(name: string) {
    this.name = name;
  }

  readonly receive = (payload: unknown, meta: unknown): void => {
    this.#each((listener) => listener.message(payload, objectOf(meta) as Meta));
  };

  begin(): number {
    this.joined = false;
    this.refusal = undefined;
    return ++this.turn;
  }

  join(): void {
    this.joined = true;
    this.failures = 0;
    this.#each((listener) => listener.joined?.());
  }

  refuse(refusal: Refusal): void {
    this.begin();
    this.refusal = refusal;
    this.#each((listener) => listener.refused?.(refusal));
  }

  /** One listener's mistake does not keep the others from hearing. */
  #each(tell: (listener: Listener) => void): void {
    for (const listener of [...this.listeners]) {
      try {
        tell(listener);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

function answerOf(value: unknown): Answer {
  const answer = objectOf(value);
  return answer["ok"] === true ? { ok: true } : { ok: false, error: refusalOf(answer["error"]) };
}

function refusalOf(value: unknown): Refusal {
  return { code: textOf(value, "code") || "internal", message: textOf(value, "message") };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown, key: string): string {
  const text = objectOf(value)[key];
  return typeof text === "string" ? text : "";
}
