package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// application is the output of `web describe --json`, and the imports of features.
type application struct {
	Features []feature    `json:"features"`
	Bridge   []forwarding `json:"bridge"`
}

type feature struct {
	Name     string         `json:"name"`
	Needs    []string       `json:"needs"` // features whose package it imports
	Routes   []route        `json:"routes"`
	Channels []channel      `json:"channels"`
	Events   []event        `json:"events"`
	Handles  []handledEvent `json:"handles"`
	Jobs     []job          `json:"jobs"`
	Slots    []slot         `json:"slots"`
	Fills    []string       `json:"fills"`
	Tables   []string       `json:"tables"`
}

type route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

type channel struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Scope   string   `json:"scope"`
	Params  []string `json:"params"`
	Payload string   `json:"payload"`
	Inbound bool     `json:"inbound"`
}

type event struct {
	Name    string `json:"name"`
	Payload string `json:"payload"`
}

type handledEvent struct {
	Event   string `json:"event"`
	Handler string `json:"handler"`
}

type job struct {
	Name      string   `json:"name"`
	Payload   string   `json:"payload"`
	Schedules []string `json:"schedules"`
}

// slot is a slot on the feature's pages that other features fill.
type slot struct {
	Name     string   `json:"name"`
	FilledBy []string `json:"filledBy"`
}

type forwarding struct {
	Event   string `json:"event"`
	Channel string `json:"channel"`
}

func read(r io.Reader) (application, error) {
	var a application
	if err := json.NewDecoder(r).Decode(&a); err != nil {
		return application{}, fmt.Errorf("read the output of `web describe --json`: %w", err)
	}
	return a, nil
}

// addNeeds adds which feature imports which, according to the go command.
func (a *application) addNeeds(root string) error {
	cmd := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./features/...")
	cmd.Dir = root
	output, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("list imports with go list: %w", err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(output)) {
		words := strings.Fields(line)
		if len(words) > 0 {
			imports[path.Base(words[0])] = words[1:]
		}
	}
	for i := range a.Features {
		f := &a.Features[i]
		f.Needs = []string{}
		for _, imported := range imports[f.Name] {
			folder, name := path.Split(imported)
			if strings.HasSuffix(folder, "/features/") && a.has(name) {
				f.Needs = append(f.Needs, name)
			}
		}
		slices.Sort(f.Needs)
	}
	return nil
}

func (a application) has(name string) bool {
	return slices.ContainsFunc(a.Features, func(f feature) bool { return f.Name == name })
}

// direction returns the direction of a channel, seen from the server.
func (c channel) direction() string {
	if c.Inbound {
		return "out, in"
	}
	return "out"
}

// places returns the URL paths of a feature, without those below another.
func (f feature) places() []string {
	var places []string
	for _, route := range f.Routes {
		place := route.Path
		if parts := strings.Split(place, "/"); len(parts) > 2 {
			keep := 2
			if parts[1] == "admin" || parts[1] == "dev" {
				keep = 3
			}
			place = strings.Join(parts[:min(keep, len(parts))], "/")
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}
