package app

import (
	"fmt"
	"regexp"
	"strings"

	"example.com/pergola/core/feature"
)

var featureName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// checkManifests rejects mistakes that would otherwise only show at a request.
func checkManifests(manifests []feature.Manifest) error {
	seen := map[string]bool{}
	owners := map[string]string{} // of addresses
	for _, manifest := range manifests {
		if !featureName.MatchString(manifest.Name) {
			return fmt.Errorf("manifest %q: the name must be one lower-case word, the same as its folder: fix features/%s", manifest.Name, manifest.Name)
		}
		if seen[manifest.Name] {
			return fmt.Errorf("feature %q is listed twice: fix cmd/web/features.go", manifest.Name)
		}
		seen[manifest.Name] = true
		for _, path := range append([]string{"/" + manifest.Name}, manifest.Paths...) {
			if !strings.HasPrefix(path, "/") {
				return fmt.Errorf("feature %q declares the path %q, which must begin with /: fix features/%s/%[1]s.go", manifest.Name, path, manifest.Name)
			}
			if owner, taken := owners[path]; taken {
				return fmt.Errorf("feature %q declares the path %q, which belongs to %q: fix features/%s/%[1]s.go", manifest.Name, path, owner, manifest.Name)
			}
			owners[path] = manifest.Name
		}
		for _, item := range manifest.Navigation {
			if item.Label == "" || !strings.HasPrefix(item.Path, "/") {
				return fmt.Errorf("feature %q has a navigation entry %q to %q, which needs a label and a path that begins with /: fix features/%s/%[1]s.go", manifest.Name, item.Label, item.Path, manifest.Name)
			}
		}
	}
	return nil
}
