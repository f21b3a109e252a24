/**
 * Subscribes to the channels of the server and sends messages to them.
 *
 *     const stop = channel("blog.article.feed").subscribe((article) => …);
 *     channel("notifications.user.{userId}", { userId }).subscribe((notification, meta) => …);
 *
 * The payload types are generated from the Go channel descriptors. A page has
 * one connection, which opens with the first subscription and reconnects by
 * itself. Only this file uses Socket.IO.
 */

import { io } from "socket.io-client";

import type { Channels } from "./channels.gen";
import { type Reply, Connection, type Listener, type Meta, type Note, type State } from "./connection";
import { type ChannelName, type ParameterList, topicOf } from "./topic";
import { onWake } from "./wake";

export type { Reply, Listener, Meta, Note, State };

/** One topic of a channel. */
export interface LiveTopic<Payload> {
  /** Calls onMessage for every message from now on and returns a function that unsubscribes. */
  subscribe(onMessage: (payload: Payload, meta: Meta) => void, options?: Pick<Listener, "joined" | "rejected">): () => void;
  /** Sends a message to the server's handler of this channel. */
  send(payload: Payload): Promise<Reply>;
}

/** Returns the topic of a channel, given the parameters in its name. */
export function channel<Name extends ChannelName>(name: Name, ...parameters: ParameterList<Name>): LiveTopic<Channels[Name]> {
  const topic = topicOf(name, parameters[0] as Record<string, string> | undefined);
  return {
    subscribe: (onMessage, options = {}) => subscribe(topic, { ...options, message: (payload, meta) => onMessage(payload as Channels[Name], meta) }),
    send: (payload) => connection().send(topic, payload),
  };
}

/** Subscribes to a topic by its full name, as live regions do. */
export function subscribe(topic: string, listener: Listener): () => void {
  return connection().subscribe(topic, listener);
}

/** Sends a message to a topic by its full name. */
export function send(topic: string, payload: unknown): Promise<Reply> {
  return connection().send(topic, payload);
}

/** Calls show with the state of the connection now and on every change. */
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
  const socket = io({ transports: ["websocket"], autoConnect: false, reconnection: false });
  const opened = new Connection(socket, clock, (state, note) => {
    Object.assign(current, { state, note });
    for (const show of watchers) {
      show(state, note);
    }
  });
  addEventListener("pagehide", () => opened.pause());
  addEventListener("pageshow", () => opened.resume());
  addEventListener("offline", () => void opened.check());
  onWake(() => opened.wake());
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
