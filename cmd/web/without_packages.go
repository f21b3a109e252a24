//lint:file-ignore U1000 projects without the optional packages use this file

package main

import (
	"log/slog"

	"github.com/google/wire"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/mail"
)

// What takes the place of an optional core package that is not there.
var (
	noSocketsSet      = wire.NewSet(wire.InterfaceValue(new(auth.Watcher), auth.NoWatcher{}))
	backgroundMailSet = wire.NewSet(newBackgroundMailSender)
)

// newBackgroundMailSender is what features send with: it delivers after the
// commit, without a queue. Where email is off, features get an error at once.
func newBackgroundMailSender(transport mailTransport, logger *slog.Logger) mail.Sender {
	if mail.IsOff(transport.Sender) {
		return transport.Sender
	}
	return mail.NewBackground(transport.Sender, logger)
}
