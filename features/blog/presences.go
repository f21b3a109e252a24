package blog

import (
	"cmp"
	"slices"

	"example.com/pergola/core/realtime"
)

// ArticleReadersPresence is who is reading each article now.
var ArticleReadersPresence = realtime.DefineKeyedPresence(ArticleReadersChannel, func(here realtime.Present[ArticleReading]) ArticleReaders {
	return ArticleReaders{Count: here.Count()}
})

// DeskPresence is which editors are at the desk now, and what each of their
// tabs has open: the zero OpenWork for nothing.
var DeskPresence = realtime.DefinePresence(DeskEditorsChannel, func(here realtime.Present[OpenWork]) DeskEditors {
	return deskEditors(here.List())
})

func deskEditors(members []realtime.Member[OpenWork]) DeskEditors {
	editors := DeskEditors{Editors: make([]DeskEditor, 0, len(members))}
	for _, member := range members {
		editor := DeskEditor{UserID: member.UserID, Name: member.Name}
		for _, open := range member.Connections {
			if open.ArticleID != "" && !editor.hasOpen(open.ArticleID) {
				editor.Open = append(editor.Open, open)
			}
		}
		slices.SortFunc(editor.Open, func(a, b OpenWork) int {
			return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ArticleID, b.ArticleID))
		})
		editors.Editors = append(editors.Editors, editor)
	}
	slices.SortFunc(editors.Editors, func(a, b DeskEditor) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UserID, b.UserID))
	})
	return editors
}

// Others are the names of the editors, but for this one, who have the article
// open.
func (d DeskEditors) Others(articleID, userID string) []string {
	var names []string
	for _, editor := range d.Editors {
		if editor.UserID != userID && editor.hasOpen(articleID) {
			names = append(names, editor.Name)
		}
	}
	return names
}

func (e DeskEditor) hasOpen(articleID string) bool {
	return slices.ContainsFunc(e.Open, func(open OpenWork) bool { return open.ArticleID == articleID })
}
