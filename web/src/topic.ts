import type { Channels } from "./channels.gen";

/** The name of a channel, such as "blog.article.feed" or "notifications.user.{userId}". */
export type ChannelName = keyof Channels & string;

/** The parameters in a channel's name, by the words in its braces. */
export type Parameters<Name extends string> = Name extends `${string}{${infer Word}}${infer Rest}`
  ? { [key in Word]: string } & Parameters<Rest>
  : unknown;

/** Nothing for a channel without parameters, the parameters for any other. */
export type ParameterList<Name extends string> = unknown extends Parameters<Name> ? [] : [Parameters<Name>];

/** topicOf fills a channel's parameters in: what is said on the wire. */
export function topicOf(name: string, parameters: Record<string, string> = {}): string {
  return name.replace(/\{(\w+)\}/g, (_, word: string) => {
    const value = parameters[word];
    if (!value) {
      throw new Error(`The channel ${name} needs ${word}.`);
    }
    return value;
  });
}
