package notifications

// Inbox is how the notifications of one reader stand.
type Inbox struct {
	Unread int // how many are unread

	// Revision counts the changes of Unread. Messages to browsers may overtake
	// one another; what was said at a greater revision is what holds.
	Revision int64

	// NewArticles is whether the reader wants to be told of new articles.
	NewArticles bool
}

// newInbox is that of a reader of whom nothing is stored. It wants everything.
func newInbox() Inbox { return Inbox{NewArticles: true} }

// wants reports whether the reader wants to be told this kind of thing.
func (i Inbox) wants(kind Kind) bool { return kind != KindArticle || i.NewArticles }

// counted is the inbox after so many more, or fewer, are unread.
func (i Inbox) counted(more int) Inbox {
	i.Unread += more
	i.Revision++
	return i
}
