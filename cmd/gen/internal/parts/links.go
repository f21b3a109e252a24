package parts

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
	// What looks like a link within code is Go: DefineChannel[T](name).
	codeOrLink = regexp.MustCompile("`+[^`]+`+|" + markdownLink.String())
	backtick   = regexp.MustCompile("`")
)

// unlink makes plain text of links in Markdown that lead to files or headings
// that are not there, nor beside, and leaves out pictures.
func (f Files) unlink(beside Files) {
	all := Files{}
	maps.Copy(all, beside)
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
				return all.leads(headings, folders, name, target)
			})))
		}
	}
}

// leads reports whether a link on a page leads to something.
func (f Files) leads(headings map[string]map[string]bool, folders map[string]bool, from, target string) bool {
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

// unlinked is a page in which links stand only where leads says so.
func unlinked(page string, leads func(target string) bool) string {
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
			parts := codeOrLink.FindStringSubmatch(link)
			switch {
			case link[0] == '`' || leads(parts[3]):
				return link
			case parts[1] == "!":
				pictures = true
				return ""
			default:
				return parts[2]
			}
		})
		if !pictures || strings.TrimSpace(kept) != "" {
			lines = append(lines, kept)
		}
	}
	return strings.Join(lines, "\n")
}

// anchors are the headings of a page, as links name them.
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
