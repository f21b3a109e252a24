package project

import (
	"maps"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	markdownLink = regexp.MustCompile("(!?)\\[((?:[^\\[\\]`]|`[^`]*`|\\[[^\\]]*\\])*)\\]\\(([^)\\s]+)\\)")
	// In code, what looks like a link is Go: DefineChannel[T](name).
	codeOrLink = regexp.MustCompile("`+[^`]+`+|" + markdownLink.String())
	backtick   = regexp.MustCompile("`")
)

// unlink turns Markdown links to files or headings that neither f nor the other
// files have into plain text, and removes such pictures.
func (f Files) unlink(others Files) {
	all := Files{}
	maps.Copy(all, others)
	maps.Copy(all, f)
	headings, folders := map[string]map[string]bool{}, map[string]bool{}
	for name, file := range all {
		if strings.HasSuffix(name, ".md") {
			headings[name] = anchors(string(file.Content))
		}
		for folder := path.Dir(name); !folders[folder]; folder = path.Dir(folder) {
			folders[folder] = true
		}
	}
	for name, file := range f {
		if strings.HasSuffix(name, ".md") {
			f[name] = file.with([]byte(unlinked(string(file.Content), func(target string) bool {
				return all.hasTarget(headings, folders, name, target)
			})))
		}
	}
}

// hasTarget reports whether the target of a link on a page exists.
func (f Files) hasTarget(headings map[string]map[string]bool, folders map[string]bool, from, target string) bool {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return true
	}
	to, heading, _ := strings.Cut(target, "#")
	name := from
	if to != "" {
		name = path.Join(path.Dir(from), to)
	}
	if _, isFile := f[name]; !isFile {
		return folders[name]
	}
	known, isPage := headings[name]
	return heading == "" || !isPage || known[heading]
}

// unlinked returns a page without links to missing targets.
func unlinked(page string, exists func(target string) bool) string {
	var lines []string
	code := false
	for text := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(strings.TrimSpace(text), "```") {
			code = !code
		}
		if code {
			lines = append(lines, text)
			continue
		}
		pictures := false
		kept := codeOrLink.ReplaceAllStringFunc(text, func(link string) string {
			match := codeOrLink.FindStringSubmatch(link)
			switch {
			case link[0] == '`' || exists(match[3]):
				return link
			case match[1] == "!":
				pictures = true
				return ""
			default:
				return match[2]
			}
		})
		if !pictures || strings.TrimSpace(kept) != "" {
			lines = append(lines, kept)
		}
	}
	return strings.Join(lines, "\n")
}

// anchors returns the headings of a page as links name them.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	count := map[string]int{}
	code := false
	for text := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(text, "```") {
			code = !code
		}
		heading := strings.TrimLeft(text, "#")
		if code || heading == text || !strings.HasPrefix(heading, " ") {
			continue
		}
		slug := slugOf(heading)
		if n := count[slug]; n > 0 {
			found[slug+"-"+strconv.Itoa(n)] = true
		} else {
			found[slug] = true
		}
		count[slug]++
	}
	return found
}

func slugOf(heading string) string {
	heading = markdownLink.ReplaceAllString(backtick.ReplaceAllString(heading, ""), "$2")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}
