/**
 * The connection to the server that everything on the page shares. It decides
 * when to connect, retry and give up, and dispatches messages to listeners.
 *
 * It uses no browser API and no library: `realtime.ts` passes in the socket,
 * and tests pass in a fake one.
 */

/** The state of the connection. It is "idle" until the first subscription. */
export type State = "idle" | "live" | "reconnecting" | "offline";

/** Why the page is offline and does not reconnect by itself; "" if it does. */
export type Note = "" | "signed-out" | "rejected";

/** The part of a socket.io-client socket that a connection uses. */
export interface Socket {
  readonly connected: boolean;
  connect(): unknown;
  disconnect(): unknown;
  on(event: string, listener: (...args: any[]) => void): unknown;
  off(event: string, listener: (...args: any[]) => void): unknown;
  onAny(listener: () => void): unknown;
  timeout(milliseconds: number): { emitWithAck(event: string, ...args: unknown[]): Promise<unknown> };
}

/** Time and randomness, which tests replace. */
export interface Clock {
  now(): number;
  random(): number;
  later(milliseconds: number, run: () => void): () => void;
}

/** What the server sends in addition to the payload. */
export interface Meta {
  id?: string;
  at?: string;
}

/** Why the server rejected a request. */
export interface Rejection {
  code: string;
  message: string;
}

/** The server's reply to a message. */
export type Reply = { ok: true } | { ok: false; error: Rejection };

/** The callbacks of a subscription. */
export interface Listener {
  message(payload: unknown, meta: Meta): void;
  /**
   * The subscription is active: every message from now on is delivered, but
   * earlier ones may have been missed. It is called after the first
   * subscription, after each reconnection, and when the server has resumed a
   * topic that was temporarily unavailable.
   */
  joined?(): void;
  /** The server rejected or ended the subscription. Temporary errors are retried and not reported. */
  rejected?(rejection: Rejection): void;
}

const replyTimeout = 10_000;
/** How long the server may take to accept a connection. */
const connectTimeout = 10_000;
/** How long a connection may stay silent when it is checked. */
const checkTimeout = 5_000;
const minDelay = 1_000;
const maxDelay = 30_000;
/** A connection that lasts at least this long resets the delay. */
const stableAfter = 10_000;
/** After this many failures in a row the state is "offline". Retries continue. */
const failuresUntilOffline = 4;
/** The minimum time between attempts after the server has rejected the connection. */
const minDelayAfterRejection = 10_000;

/** The reasons for closing after which a client may reconnect. */
const reconnectable = new Set(["restart", "draining", "slow"]);
const signedOut = new Set(["session_ended", "expired", "unauthenticated"]);
/** The codes of temporary rejections, of a connection or a topic. */
const temporary = new Set(["timeout", "too_many", "unavailable", "internal"]);

export class Connection {
  #socket: Socket;
  #clock: Clock;
  #onState: (state: State, note: Note) => void;
  #state: State = "idle";
  #topics = new Map<string, Topic>();
  #failures = 0;
  #liveSince = 0;
  /** Counts connections, so that a check of an earlier one is ignored. */
  #opened = 0;
  /** Counts messages from the server. */
  #received = 0;
  #checking = false;
  #closing = "";
  #stopped = false;
  #attemptedAt = 0;
  #connecting = false;
  /** Cancels the end of the current attempt to connect, or the start of the next one. */
  #cancelTimer: (() => void) | undefined;

  constructor(socket: Socket, clock: Clock, onState: (state: State, note: Note) => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onState = onState;
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", (reason: string) => this.#disconnected(reason));
    socket.on("connect_error", (error: unknown) => this.#failed(error));
    socket.on("closing", (message: unknown) => (this.#closing = textOf(message, "reason")));
    socket.on("unsubscribed", (message: unknown) => this.#unsubscribed(message));
    socket.onAny(() => this.#received++);
  }

  get state(): State {
    return this.#state;
  }

  /** Subscribes to a topic and returns a function that unsubscribes. */
  subscribe(name: string, listener: Listener): () => void {
    let topic = this.#topics.get(name);
    if (!topic) {
      topic = this.#open(name);
    } else if (topic.joined) {
      listener.joined?.();
    } else if (topic.rejection) {
      listener.rejected?.(topic.rejection);
    }
    topic.listeners.add(listener);
    this.#start();
    return () => this.#leave(topic, listener);
  }

  /** Sends a message to a topic and returns the reply. Without a connection it resolves to an error. */
  async send(topic: string, payload: unknown): Promise<Reply> {
    if (!this.#socket.connected) {
      return { ok: false, error: { code: "unavailable", message: "Not connected to the server." } };
    }
    return this.#request(topic, payload);
  }

  /** Reconnects early, or checks the connection, because the page is visible or the network is back. */
  wake(): void {
    const waiting = this.#state === "reconnecting" || this.#state === "offline";
    const minWait = this.#stopped ? minDelayAfterRejection : minDelay;
    if (this.#socket.connected) {
      void this.check();
    } else if (waiting && !this.#connecting && this.#clock.now() - this.#attemptedAt >= minWait) {
      this.#connect();
    }
  }

  /**
   * Replaces the connection if the server does not answer. A connection that the
   * network lost silently looks open until a heartbeat is missing, which takes
   * almost a minute.
   */
  async check(): Promise<void> {
    if (!this.#socket.connected || this.#checking) {
      return;
    }
    const [opened, received] = [this.#opened, this.#received];
    this.#checking = true;
    const answered = await this.#socket.timeout(checkTimeout).emitWithAck("ping").then(() => true, () => false);
    this.#checking = false;
    if (!answered && received === this.#received && opened === this.#opened && this.#socket.connected) {
      this.#socket.disconnect();
      this.#set("reconnecting");
      this.#connect();
    }
  }

  /** Disconnects because the page is being hidden, perhaps for good. `resume` reconnects. */
  pause(): void {
    this.#stopped = false;
    this.#abandon();
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
      void this.#request("unsubscribe", topic.name);
    }
  }

  #start(): void {
    if (this.#state === "idle") {
      this.#set("reconnecting");
      this.#connect();
    }
  }

  #connect(): void {
    this.#stopped = false;
    this.#closing = "";
    this.#attemptedAt = this.#clock.now();
    this.#connecting = true;
    this.#schedule(connectTimeout, () => {
      this.#abandon();
      this.#retry();
    });
    this.#socket.connect();
  }

  #abandon(): void {
    this.#attemptEnded();
    this.#socket.disconnect();
  }

  #attemptEnded(): void {
    this.#connecting = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(milliseconds: number, run: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.later(milliseconds, run);
  }

  #connected(): void {
    this.#attemptEnded();
    this.#opened++;
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
    if (this.#clock.now() - this.#liveSince >= stableAfter) {
      this.#failures = 0;
    }
    if (reason !== "io server disconnect" || reconnectable.has(this.#closing)) {
      this.#retry();
    } else {
      this.#stop(signedOut.has(this.#closing) ? "signed-out" : "rejected");
    }
  }

  #failed(error: unknown): void {
    this.#attemptEnded();
    const code = textOf(objectOf(error)["data"], "code");
    if (code === "" || temporary.has(code)) {
      this.#retry();
    } else {
      this.#stop(signedOut.has(code) ? "signed-out" : "rejected");
    }
  }

  #retry(): void {
    this.#schedule(this.#delayAfter(this.#failures++), () => this.#connect());
    this.#set(this.#failures > failuresUntilOffline ? "offline" : "reconnecting");
  }

  /** Stops retrying after a rejection until `wake` is called. */
  #stop(note: Note): void {
    this.#stopped = true;
    this.#attemptedAt = this.#clock.now();
    this.#set("offline", note);
  }

  /** Exponential backoff with jitter, so that pages do not all reconnect to a restarted server at once. */
  #delayAfter(failures: number): number {
    return Math.min(minDelay * 2 ** failures, maxDelay) * (0.5 + this.#clock.random());
  }

  async #join(topic: Topic): Promise<void> {
    const attempt = topic.begin();
    const reply = await this.#request("subscribe", topic.name);
    if (!this.#isCurrent(topic, attempt)) {
      return;
    }
    if (reply.ok) {
      topic.join();
    } else {
      this.#handleRejection(topic, reply.error);
    }
  }

  /** Reports whether the topic still waits for this attempt to subscribe. */
  #isCurrent(topic: Topic, attempt: number): boolean {
    return this.#socket.connected && this.#topics.get(topic.name) === topic && topic.attempt === attempt;
  }

  /** Retries a temporary rejection and reports any other to the listeners. */
  #handleRejection(topic: Topic, rejection: Rejection): void {
    if (!temporary.has(rejection.code)) {
      topic.reject(rejection);
      return;
    }
    const attempt = topic.begin();
    this.#clock.later(this.#delayAfter(topic.failures++), () => {
      if (this.#isCurrent(topic, attempt)) {
        void this.#join(topic);
      }
    });
  }

  async #request(event: string, argument: unknown): Promise<Reply> {
    try {
      const reply = replyOf(await this.#socket.timeout(replyTimeout).emitWithAck(event, argument));
      this.#received++;
      return reply;
    } catch {
      void this.check(); // either the handler is slow, or the connection is lost
      return { ok: false, error: { code: "timeout", message: "The server didn't respond." } };
    }
  }

  #unsubscribed(message: unknown): void {
    const topic = this.#topics.get(textOf(message, "topic"));
    if (topic) {
      this.#handleRejection(topic, rejectionOf(objectOf(message)["error"]));
    }
  }

  #set(state: State, note: Note = ""): void {
    this.#state = state;
    this.#onState(state, note);
  }
}

/** A topic with all its listeners on the page. */
class Topic {
  readonly name: string;
  readonly listeners = new Set<Listener>();
  joined = false;
  rejection: Rejection | undefined;
  /** Temporary rejections in a row. */
  failures = 0;
  /** Counts attempts to subscribe, so that the outcome of an earlier one is ignored. */
  attempt = 0;

  constructor(name: string) {
    this.name = name;
  }

  readonly receive = (payload: unknown, meta: unknown): void => {
    this.#each((listener) => listener.message(payload, objectOf(meta) as Meta));
  };

  begin(): number {
    this.joined = false;
    this.rejection = undefined;
    return ++this.attempt;
  }

  join(): void {
    this.joined = true;
    this.failures = 0;
    this.#each((listener) => listener.joined?.());
  }

  reject(rejection: Rejection): void {
    this.begin();
    this.rejection = rejection;
    this.#each((listener) => listener.rejected?.(rejection));
  }

  /** Calls every listener, even if one of them throws. */
  #each(notify: (listener: Listener) => void): void {
    for (const listener of [...this.listeners]) {
      try {
        notify(listener);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

function replyOf(value: unknown): Reply {
  const reply = objectOf(value);
  return reply["ok"] === true ? { ok: true } : { ok: false, error: rejectionOf(reply["error"]) };
}

function rejectionOf(value: unknown): Rejection {
  return { code: textOf(value, "code") || "internal", message: textOf(value, "message") };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown, key: string): string {
  const text = objectOf(value)[key];
  return typeof text === "string" ? text : "";
}
