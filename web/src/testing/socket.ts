import type { Socket } from "../connection";

type Ack = { ok: true } | { ok: false; error: { code: string; message: string } };

/** A socket whose server is the test. */
export class TestSocket implements Socket {
  connected = false;
  /** How often a connection was asked for. */
  attempts = 0;
  /** What was said to the server: [event, argument]. */
  said: [string, unknown][] = [];
  /** How the server answers; an error is no answer. */
  answer: (event: string, argument: unknown) => Ack | Error = () => ({ ok: true });

  #listeners = new Map<string, Set<(...args: never[]) => void>>();

  connect(): void {
    this.attempts++;
  }

  disconnect(): void {
    if (this.connected) {
      this.connected = false;
      this.hear("disconnect", "io client disconnect");
    }
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  timeout(): { emitWithAck(event: string, ...args: unknown[]): Promise<unknown> } {
    return {
      emitWithAck: async (event, argument) => {
        this.said.push([event, argument]);
        const answer = this.answer(event, argument);
        if (answer instanceof Error) {
          throw answer;
        }
        return answer;
      },
    };
  }

  /** The server, or the library, says something. */
  hear(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      (listener as (...args: unknown[]) => void)(...args);
    }
  }

  open(): void {
    this.connected = true;
    this.hear("connect");
  }

  /** The line breaks. */
  drop(): void {
    this.connected = false;
    this.hear("disconnect", "transport close");
  }

  /** The server closes, with a reason. */
  close(reason: string): void {
    this.hear("closing", { reason });
    this.connected = false;
    this.hear("disconnect", "io server disconnect");
  }

  /** The server does not let the page in. */
  refuse(code: string): void {
    this.hear("connect_error", Object.assign(new Error(code), { data: { code, message: "No." } }));
  }
}
