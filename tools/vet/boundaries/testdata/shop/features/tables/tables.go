// Package tables reads and writes the tables of others.
package tables

const (
	own      = `select id from tables_chairs where id = $1`
	reads    = `select id from catalog_books where id = $1`                                       // want `tables uses table catalog_books of another owner: .*call a use case of the owner`
	joins    = `select c.id from tables_chairs c left join accounts_users u on u.id = c.owner_id` // want `tables uses table accounts_users`
	lists    = `select 1 from tables_chairs c, catalog_books as b where b.id = c.id`              // want `tables uses table catalog_books`
	inserts  = `insert into events_messages (id) values ($1)`                                     // want `tables uses table events_messages`
	updates  = `update auth_sessions set user_id = $1`                                            // want `tables uses table auth_sessions`
	deletes  = `delete from river_job where id = $1`                                              // want `tables uses table river_job`
	nested   = `with gone as (delete from catalog_books returning id) select id from gone`        // want `tables uses table catalog_books`
	empties  = `truncate tables_chairs`
	empties2 = `truncate table catalog_shelves` // want `tables uses table catalog_shelves`
	views    = `select id from auth_users`      // want `tables uses table auth_users`
	half     = `select id from `
	whole    = half + `blog_articles` // want `tables uses table blog_articles`
	locks    = `select id from tables_chairs where id = $1 for update skip locked`
	loud     = `SELECT id FROM catalog_books` // want `tables uses table catalog_books`
	prose    = "Select a chair from the shelves, or update your choice."
)
