/**
 * What the server says while the page is open.
 *
 *     const stop = channel("blog.article.feed").subscribe((article) => …);
 *     channel("notifications.user.{userId}", { userId }).subscribe((notification, meta) => …);
 *
 * The types are those of the Go descriptors. All of a page shares one
 * connection, which is made with the first subscription and comes back by
 * itself. This is the only file that knows Socket.IO.
 */

import { io } from "socket.io-client";

import type { Channels } from "./channels.gen";
import { type Answer, Connection, type Listener, type Meta, type Note, type State } from "./connection";
import { type ChannelName, type ParameterList, topicOf } from "./topic";

export type { Answer, Listener, Meta, Note, State };

/** One topic of a channel. */
export interface LiveTopic<Payload> {
  /** Hears what is said from now on, until the function that it returns is called. */
  subscribe(hear: (payload: Payload, meta: Meta) => void, also?: Pick<Listener, "joined" | "refused">): () => void;
  /** Says something to the server's handler of this channel. */
  send(payload: Payload): Promise<Answer>;
}

/** The channel of this name; with parameters, the one of its topics that they name. */
export function channel<Name extends ChannelName>(name: Name, ...parameters: ParameterList<Name>): LiveTopic<Channels[Name]> {
  const topic = topicOf(name, parameters[0] as Record<string, string> | undefined);
  return {
    subscribe: (hear, also = {}) => subscribe(topic, { ...also, message: (payload, meta) => hear(payload as Channels[Name], meta) }),
    send: (payload) => connection().send(topic, payload),
  };
}

/** Hears a topic whose name is known only when the page runs, as live regions do. */
export function subscribe(topic: string, listener: Listener): () => void {
  return connection().subscribe(topic, listener);
}

/** Says something on such a topic. */
export function send(topic: string, payload: unknown): Promise<Answer> {
  return connection().send(topic, payload);
}

/** Calls back with the state of the connection, now and whenever it changes. */
export function onState(show: (state: State, note: Note) => void): void {
  watchers.add(show);
  show(current.state, current.note);
}

const watchers = new Set<(state: State, note: Note) => void>();
const current: { state: State; note: Note } = { state: "idle", note: "" };
let shared: Connection | undefined;

function connection(): Connection {
  shared ??= open();
  return shared;
}

function open(): Connection {
  const socket = io({ transports: ["websocket"], autoConnect: false, reconnection: false, timeout: 10_000 });
  const opened = new Connection(socket, clock, (state, note) => {
    Object.assign(current, { state, note });
    for (const show of watchers) {
      show(state, note);
    }
  });
  addEventListener("online", () => opened.wake());
  addEventListener("pagehide", () => opened.pause());
  addEventListener("pageshow", () => opened.resume());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && opened.wake());
  return opened;
}

const clock = {
  now: () => performance.now(),
  random: () => Math.random(),
  later: (milliseconds: number, run: () => void) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
