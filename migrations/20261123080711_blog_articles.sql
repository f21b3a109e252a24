-- Articles and every slug they have or had. features/blog owns these tables.
--
-- author_id and changed_by_id are users of features/accounts, without a foreign
-- key: features don't touch each other's tables. The names next to them are
-- bylines, which stay when an account is deleted.

-- +goose Up
create table blog_articles (
    id               uuid        primary key,
    slug             text        collate "C" not null,
    title            text        not null,
    summary          text        not null, -- as written, may be empty
    body             text        not null, -- Markdown
    excerpt          text        not null, -- excerpt, html and reading_minutes are rendered
    html             text        not null, -- from the text when it is saved, by this
    reading_minutes  integer     not null, -- version of the renderer
    renderer_version integer     not null,
    author_id        uuid        not null,
    author_name      text        not null,
    state            text        not null,
    version          integer     not null,
    published_at     timestamptz,          -- when it was last published
    created_at       timestamptz not null,
    last_action      text        not null,
    changed_by_id    uuid        not null,
    changed_by_name  text        not null,
    changed_at       timestamptz not null,
    constraint blog_articles_slug_key unique (slug),
    constraint blog_articles_state_check check (state = 'draft' or (state = 'published' and published_at is not null)),
    constraint blog_articles_length_check check (char_length(title) <= 200 and char_length(summary) <= 500 and char_length(body) <= 100000)
);

-- The front page uses the first index, the desk the second.
create index blog_articles_published_idx on blog_articles (published_at desc, id desc) where state = 'published';
create index blog_articles_changed_idx on blog_articles (changed_at desc, id desc);

-- A slug belongs to one article for as long as the article exists, so that a
-- link never leads to another one. The foreign key is checked at commit, because
-- the slug is claimed before the article is inserted.
create table blog_article_slugs (
    slug       text collate "C" primary key,
    article_id uuid not null references blog_articles (id) on delete cascade deferrable initially deferred
);

create index blog_article_slugs_article_id_idx on blog_article_slugs (article_id);

-- +goose Down
drop table blog_article_slugs;
drop table blog_articles;
