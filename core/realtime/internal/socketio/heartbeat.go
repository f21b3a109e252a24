package socketio

import (
	"errors"
	"math/rand/v2"
	"time"
)

// errSilent ends a connection whose client has not answered a ping.
var errSilent = errors.New("the client is silent")

var pingFrame = Frame{appendFrame(nil, opText, []byte{enginePing})}

// heartbeat asks a client whether it is there, with one timer that is now for
// the next ping and now for its answer. The Conn's mutex guards it.
type heartbeat struct {
	timer   *time.Timer
	waiting bool // for an answer
	late    bool // the answer is overdue
}

// beat starts the heartbeat. Clients that came together are not asked
// together: the first time comes a little early.
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
		_ = c.network.SetReadDeadline(time.Unix(1, 0)) // wakes the reader, which takes a last look
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

// answered is told of a pong; false if nobody had asked.
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

// stillSilent is asked after the last look.
func (c *Conn) stillSilent() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heart.late {
		return errSilent
	}
	return nil
}
