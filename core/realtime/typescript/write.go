// Package typescript writes the payloads of channels as TypeScript types.
package typescript

import (
	"io"

	"example.com/pergola/core/realtime"
)

// Write writes the types of the channels and their payloads.
func Write(w io.Writer, channels []realtime.ChannelDescription) error { return nil }
