package main

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/bench/internal/program"
)

// plan is the intensity and duration of the attack.
type plan struct {
	connections int           // idle
	attempts    int           // to sign in, per second
	duration    time.Duration // of each row
}

// row is what ordinary visitors saw in one situation.
type row struct {
	name       string
	pages      pages
	signIns    signIns
	attempts   outcomes
	residentMB float64
}

// carryOut measures the situations, one after the other.
func (p plan) carryOut(ctx context.Context, web *program.Program) ([]row, error) {
	var rows []row
	measure := func(name string, attack func(context.Context) outcomes) error {
		r, err := p.measure(ctx, web, name, attack)
		rows = append(rows, r)
		return err
	}
	nothing := func(context.Context) outcomes { return outcomes{} }
	if err := measure("calm", nothing); err != nil {
		return nil, err
	}
	crowd, err := gather(ctx, web, p.connections)
	if err != nil {
		return nil, err
	}
	defer crowd.leave()
	if err := measure(crowd.String(), nothing); err != nil {
		return nil, err
	}
	if err := measure("and sign-ins from one address", p.flood(web, oneAddress)); err != nil {
		return nil, err
	}
	if err := measure("and sign-ins from as many addresses", p.flood(web, manyAddresses())); err != nil {
		return nil, err
	}
	crowd.leave()
	return rows, measure("calm again", nothing)
}

// measure runs ordinary visitors during an attack.
func (p plan) measure(ctx context.Context, web *program.Program, name string, attack func(context.Context) outcomes) (row, error) {
	attacking, stop := context.WithTimeout(ctx, p.duration)
	defer stop()
	attacked := make(chan outcomes, 1)
	go func() { attacked <- attack(attacking) }()
	signedIn := make(chan signIns, 1)
	go func() { signedIn <- keepSigningIn(attacking, web.URL) }()

	r := row{name: name, pages: keepReading(attacking, web.URL)}
	r.attempts, r.signIns = <-attacked, <-signedIn
	var err error
	if r.residentMB, err = web.ResidentMB(); err != nil {
		return r, err
	}
	if len(r.pages.took) == 0 {
		return r, fmt.Errorf("%s: no page was served", name)
	}
	return r, ctx.Err()
}
