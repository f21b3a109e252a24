package durable

import "github.com/riverqueue/river"

type Client struct{ river river.Client }
