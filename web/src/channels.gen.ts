// Made by `go run ./cmd/web describe --typescript`. Do not edit.

export interface ArticleFeed {
  id: string;
  title: string;
  summary: string;
  url: string;
  authorName: string;
  publishedAt: string;
}

export interface ArticleReaders {
  count: number;
}

export interface ArticleReading {
  articleId: string;
}

export interface DeskActivity {
  id: string;
  actorName: string;
  action: "drafted" | "edited" | "published" | "unpublished" | "deleted";
  title: string;
  url: string;
  at: string;
}

export interface DeskEditors {
  editors: DeskEditor[];
}

export interface DeskEditor {
  userId: string;
  name: string;
  open: OpenedArticle[];
}

export interface OpenedArticle {
  articleId: string;
  title: string;
  url: string;
}

export interface DeskWorking {
  articleId?: string;
}

export interface InboxChange {
  change: "added" | "read" | "all_read" | "removed";
  unread: number;
  revision: number;
  notificationId?: string;
  news?: string;
}

export interface AnnouncementToast {
  id: string;
  title: string;
  text: string;
  senderName: string;
  sentAt: string;
}

export interface Stats {
  sockets: number;
  users: number;
  visitors: number;
  subscriptions: number;
  rejections: number;
}

export interface JobCounts {
  waiting: number;
  running: number;
  failed: number;
}

export interface DeliveryCounts {
  waiting: number;
  running: number;
  failed: number;
}

/** The payload of each channel. */
export interface Channels {
  "blog.article.feed": ArticleFeed;
  "blog.article.{articleId}.readers": ArticleReaders;
  "blog.article.reading": ArticleReading;
  "blog.desk": DeskActivity;
  "blog.desk.editors": DeskEditors;
  "blog.desk.working": DeskWorking;
  "notifications.user.{userId}": InboxChange;
  "notifications.announcements": AnnouncementToast;
  "connections.stats": Stats;
  "jobadmin.activity": JobCounts;
  "eventadmin.activity": DeliveryCounts;
}
