// Package names uses names that belong to others.
package names

import (
	"context"

	"example.com/shop/core/events"
	"example.com/shop/core/feature"
	"example.com/shop/core/jobs"
	"example.com/shop/core/observe"
	"example.com/shop/core/realtime"
	"example.com/shop/features/catalog"
)

type Said struct{}

const prefix = "names."

var prefixes = []string{"names."}

var (
	Right         = realtime.DefineChannel[Said](prefix + "said")
	OthersChannel = realtime.DefineChannel[Said]("catalog.said")               // want `the name "catalog.said" of this channel must begin with "names."`
	UserChannel   = realtime.DefineUserChannel[Said]("user.{userId}")          // want `"user.{userId}" of this channel`
	KeyedChannel  = realtime.DefineKeyedChannel[Said]("namesake.{id}")         // want `"namesake.{id}" of this channel`
	AgainChannel  = realtime.DefineChannel[Said]("names.said")                 // want `two of the kind channel are named "names.said"`
	MadeChannel   = realtime.DefineChannel[Said](prefixes[0] + "made")         // want `the name of this channel is not a constant`
	SaidEvent     = events.Define[Said]("said")                                // want `"said" of this event`
	SaidJob       = jobs.Define[Said]("catalog.say")                           // want `"catalog.say" of this job`
	useCase       = observe.UseCase[string, string]("save_name", nil)          // want `"save_name" of this use case`
	FooterSlot    = feature.DefineSlot[Said]("catalog.footer")                 // want `"catalog.footer" of this slot`
	command       = observe.Command[string]("catalog.save_name", nil)          // want `"catalog.save_name" of this use case`
	handler       = events.Handle(catalog.BookSavedEvent, "catalog.count", on) // want `"catalog.count" of this event handler`
	rightHandler  = events.Handle(catalog.BookSavedEvent, "names.count", on)
)

func on(context.Context, catalog.BookSaved) error { return nil }
