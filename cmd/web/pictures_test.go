package main

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"example.com/pergola/core/app/browsertest"
)

var pictures = flag.Bool("pictures", false, "retake the pictures in docs/images and web/src")

// TestPictures_ofTheSite takes the pictures that link previews and phones show.
func TestPictures_ofTheSite(t *testing.T) {
	if !*pictures {
		t.Skip("only with -pictures: ./task screenshots")
	}
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	for name, size := range map[string]image.Point{"social-card": {1200, 630}, "touch-icon": {180, 180}} {
		window.Resize(size.X, size.Y)
		window.Goto(s.URL + "/dev/pictures/" + name)
		takePicture(t, window, "../../web/src/"+name+".png", size.Y)
	}
}

// takePicture writes a screenshot of the visible page as a small file.
func takePicture(t *testing.T, window *browsertest.Window, path string, height int) {
	t.Helper()
	browsertest.Eval[bool](window, settled)
	whole := t.TempDir() + "/" + strconv.Itoa(height) + ".png"
	window.Screenshot(whole)
	shot, err := readPNG(whole)
	if err != nil {
		t.Fatalf("read the screenshot: %v", err)
	}
	bounds := shot.Bounds()
	bounds.Max.Y = min(bounds.Max.Y, bounds.Min.Y+height)
	if err := writePNG(path, quantized(shot, bounds)); err != nil {
		t.Fatalf("write the picture: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 300_000 {
		t.Errorf("%s: %v, %v; want less than 300 kB", path, info, err)
	}
}

func readPNG(path string) (image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return png.Decode(file)
}

func writePNG(path string, picture image.Image) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(file, picture); err != nil {
		return err
	}
	return file.Close()
}

// quantized returns the picture in its 256 most frequent colors, which is enough for
// pages.
func quantized(picture image.Image, bounds image.Rectangle) image.Image {
	counts := map[color.RGBA]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), bytes.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B})) // the same picture each time
	})
	palette := make(color.Palette, 0, 256)
	for _, c := range most[:min(len(most), 256)] {
		palette = append(palette, c)
	}
	paletted := image.NewPaletted(image.Rect(0, 0, bounds.Dx(), bounds.Dy()), palette)
	draw.Draw(paletted, paletted.Bounds(), picture, bounds.Min, draw.Src)
	return paletted
}
