import type { Socket } from "../connection";

type Ack = { ok: true } | { ok: false; error: { code: string; message: string } };

/** A fake socket: the test plays the server. */
export class TestSocket implements Socket {
  connected = false;
  /** The number of calls to connect. */
  attempts = 0;
  /** The number of checks, and the outcome of the next one: it is rejected if the connection is lost. */
  pings = 0;
  alive: () => Promise<unknown> = async () => ({ ok: true });
  /** The messages sent to the server: [event, argument]. */
  sent: [string, unknown][] = [];
  /** The server's reply; an Error means that it does not reply. */
  reply: (event: string, argument: unknown) => Ack | Error = () => ({ ok: true });

  #listeners = new Map<string, Set<(...args: never[]) => void>>();
  #any = () => {};

  connect(): void {
    this.attempts++;
  }

  disconnect(): void {
    if (this.connected) {
      this.connected = false;
      this.receive("disconnect", "io client disconnect");
    }
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
  }

  onAny(listener: () => void): void {
    this.#any = listener;
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  timeout(): { emitWithAck(event: string, ...args: unknown[]): Promise<unknown> } {
    return {
      emitWithAck: async (event, argument) => {
        if (event === "ping") {
          this.pings++;
          return this.alive();
        }
        this.sent.push([event, argument]);
        const reply = this.reply(event, argument);
        if (reply instanceof Error) {
          throw reply;
        }
        return reply;
      },
    };
  }

  /** Emits an event of the server or the library. */
  receive(event: string, ...args: unknown[]): void {
    if (!["connect", "disconnect", "connect_error"].includes(event)) {
      this.#any();
    }
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      (listener as (...args: unknown[]) => void)(...args);
    }
  }

  open(): void {
    this.connected = true;
    this.receive("connect");
  }

  /** Breaks the connection. */
  drop(): void {
    this.connected = false;
    this.receive("disconnect", "transport close");
  }

  /** Closes the connection from the server, with a reason. */
  close(reason: string): void {
    this.receive("closing", { reason });
    this.connected = false;
    this.receive("disconnect", "io server disconnect");
  }

  /** Rejects the connection. */
  reject(code: string): void {
    this.receive("connect_error", Object.assign(new Error(code), { data: { code, message: "No." } }));
  }
}
