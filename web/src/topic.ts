import type { Channels } from "./channels.gen";

/** The name of a channel, such as "blog.article.feed" or "notifications.user.{userId}". */
export type ChannelName = keyof Channels & string;

/** The parameters in a channel's name, keyed by the names in braces. */
export type Parameters<Name extends string> = Name extends `${string}{${infer Word}}${infer Rest}`
  ? { [key in Word]: string } & Parameters<Rest>
  : unknown;

/** The argument list for a channel: empty if its name has no parameters. */
export type ParameterList<Name extends string> = unknown extends Parameters<Name> ? [] : [Parameters<Name>];

/** Returns the topic on the wire: the channel's name with its parameters filled in. */
export function topicOf(name: string, parameters: Record<string, string> = {}): string {
  return name.replace(/\{(\w+)\}/g, (_, word: string) => {
    const value = parameters[word];
    if (!value) {
      throw new Error(`channel ${name}: missing parameter ${word}`);
    }
    return value;
  });
}
