package newproject

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"example.com/pergola/cmd/gen/internal/project"
)

// socialCard is the picture of link previews. The template's name is on its
// left side, a drawing on its right.
const (
	socialCard   = "web/src/social-card.png"
	drawingBegin = 640 // pixels from the left
)

// removeName clears the template's name from the picture. `./task screenshots`
// takes one with the project's name.
func removeName(files project.Files) error {
	card, err := png.Decode(bytes.NewReader(files[socialCard].Content))
	if err != nil {
		return fmt.Errorf("read %s: %w", socialCard, err)
	}
	canvas, ok := card.(draw.Image)
	if !ok {
		return fmt.Errorf("%s has a format that cannot be changed", socialCard)
	}
	named := canvas.Bounds()
	named.Max.X = named.Min.X + drawingBegin
	draw.Draw(canvas, named, image.NewUniform(canvas.At(0, 0)), image.Point{}, draw.Src)
	var content bytes.Buffer
	if err := png.Encode(&content, canvas); err != nil {
		return fmt.Errorf("draw %s: %w", socialCard, err)
	}
	files[socialCard] = project.File{Content: content.Bytes(), Mode: files[socialCard].Mode}
	return nil
}
