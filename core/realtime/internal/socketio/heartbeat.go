package socketio

import (
	"errors"
	"math/rand/v2"
	"time"
)

// errSilent ends a connection whose client did not respond to a ping.
var errSilent = errors.New("the client is silent")

var pingFrame = Frame{appendFrame(nil, opText, []byte{enginePing})}

// heartbeat pings a client. It has one timer, for the next ping or for the pong. The
// Conn's mutex guards it.
type heartbeat struct {
	timer   *time.Timer
	waiting bool // for a pong
	late    bool // the pong is overdue
}

// beat starts the heartbeat. The first ping comes early by a random time, so that
// clients that connected at the same time are not pinged at the same time.
func (c *Conn) beat() {
	c.mu.Lock()
	defer c.mu.Unlock()
	interval := c.server.options.PingInterval
	first := interval - time.Duration(rand.Int64N(int64(interval)/4+1))
	c.heart.timer = time.AfterFunc(first, c.onBeat)
}

func (c *Conn) onBeat() {
	c.mu.Lock()
	if c.dead || c.out.ending {
		c.mu.Unlock()
		return
	}
	if c.heart.waiting {
		c.heart.late = true
		_ = c.network.SetReadDeadline(time.Unix(1, 0)) // wakes the reader, which checks a last time
		c.mu.Unlock()
		return
	}
	c.heart.waiting = true
	c.heart.timer.Reset(c.server.options.PingTimeout)
	wake := c.put(pingFrame)
	c.mu.Unlock()
	if wake {
		c.server.writers.add(c)
	}
}

// answered handles a pong. It returns false if there was no ping.
func (c *Conn) answered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.heart.waiting {
		return false
	}
	if c.heart.late && !c.hungUp {
		_ = c.network.SetReadDeadline(time.Time{})
	}
	c.heart.waiting, c.heart.late = false, false
	c.heart.timer.Reset(c.server.options.PingInterval)
	return true
}

// stillSilent returns errSilent if the pong is still overdue after the last check.
func (c *Conn) stillSilent() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heart.late {
		return errSilent
	}
	return nil
}
