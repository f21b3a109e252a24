package newproject

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"example.com/pergola/cmd/gen/internal/parts"
)

// socialCard is what the site shows of itself where somebody links to it. The
// template's says the template's name at the left and has a drawing at the
// right.
const (
	socialCard   = "web/src/social-card.png"
	drawingBegin = 640 // pixels from the left
)

// neutral takes the name off the picture. `./task screenshots` takes one with
// the project's.
func neutral(files parts.Files) error {
	card, err := png.Decode(bytes.NewReader(files[socialCard].Content))
	if err != nil {
		return fmt.Errorf("read %s: %w", socialCard, err)
	}
	canvas, ok := card.(draw.Image)
	if !ok {
		return fmt.Errorf("%s cannot be drawn upon", socialCard)
	}
	named := canvas.Bounds()
	named.Max.X = named.Min.X + drawingBegin
	draw.Draw(canvas, named, image.NewUniform(canvas.At(0, 0)), image.Point{}, draw.Src)
	var content bytes.Buffer
	if err := png.Encode(&content, canvas); err != nil {
		return fmt.Errorf("draw %s: %w", socialCard, err)
	}
	files[socialCard] = parts.File{Content: content.Bytes(), Mode: files[socialCard].Mode}
	return nil
}
