package events

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxQueue is River's limit.
const maxQueue = 64

// queueOf is the queue of a handler in River's table: each has one of its own,
// so that a slow handler leaves others their room. What begins like this is the
// events' side of the table.
func queueOf(handler string) string {
	words := strings.FieldsFunc(handler, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	queue := "event-" + strings.Join(words, "-")
	if len(queue) <= maxQueue {
		return queue
	}
	sum := sha256.Sum256([]byte(handler))
	digest := hex.EncodeToString(sum[:6])
	return strings.TrimRight(queue[:maxQueue-len(digest)-1], "-") + "-" + digest
}
