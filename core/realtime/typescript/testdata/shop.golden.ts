// Made by `go run ./cmd/web describe --typescript`. Do not edit.

export interface Order {
  at: string;
  by: string;
  number: string;
  state: "new" | "paid";
  lines: (Line | null)[];
  byName: Record<string, Line>;
  position: [number, number];
  note?: string;
  parent?: Line;
  paid: boolean;
  photo: string;
  "odd name": Record<string, (boolean | null)[]>;
  line1: number;
}

export interface Line {
  title: string;
  amount: number;
  tags: string[];
  children: Line[];
  next: Line | null;
}

export interface PageLine {
  items: Line[];
  total: number;
}

/** The payload of each channel. */
export interface Channels {
  "shop.orders": Order;
  "shop.mine.{userId}": Line;
  "shop.page.{pageId}": PageLine;
}
