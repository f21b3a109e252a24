package boundaries

import (
	"go/ast"
	"go/constant"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// OwnTables is the rule that a table belongs to one feature or one package of
// core, whose name it begins with, and that only its owner's statements use it.
var OwnTables = &analysis.Analyzer{
	Name: "owntables",
	Doc:  "SQL statements use only the tables of their own feature or package",
	Run:  ownTables,
}

// alsoOwns lists further tables of packages of core: those of the libraries that
// they use.
var alsoOwns = map[string][]string{
	"core/database": {"goose_", "pg_", "information_schema"},
	"core/events":   {"river_", "pg_"},
	"core/jobs":     {"river_", "pg_"},
	"core/realtime": {"pg_"},
}

func ownTables(pass *analysis.Pass) (any, error) {
	here := locate(pass)
	owner, allowed := tableOwner(here)
	if owner == "" {
		return nil, nil
	}
	for _, file := range ownFiles(pass) {
		ast.Inspect(file, func(node ast.Node) bool {
			expression, ok := node.(ast.Expr)
			if !ok {
				return true
			}
			literal, isLiteral := expression.(*ast.BasicLit)
			sum, isSum := expression.(*ast.BinaryExpr)
			if !(isLiteral && literal.Kind == token.STRING || isSum && sum.Op == token.ADD) {
				return true
			}
			value := pass.TypesInfo.Types[expression].Value
			if value == nil || value.Kind() != constant.String {
				return true
			}
			for _, table := range tablesOf(constant.StringVal(value)) {
				if !slices.ContainsFunc(allowed, func(prefix string) bool { return strings.HasPrefix(table, prefix) }) {
					pass.Reportf(expression.Pos(), "%s uses table %s of another owner: use only tables that begin with %[3]s; call a use case of the owner, or handle its events and store what you need", owner, table, allowed[0])
				}
			}
			return false
		})
	}
	return nil, nil
}

// tableOwner returns who owns the statements of a package, and the prefixes of
// its tables. It returns "" for a package that may use every table.
func tableOwner(here location) (owner string, prefixes []string) {
	if feature, ok := here.feature(); ok {
		return feature, []string{feature + "_"}
	}
	parts := strings.Split(here.folder, "/")
	if parts[0] != "core" || len(parts) < 2 || parts[1] == "internal" || strings.HasSuffix(parts[len(parts)-1], "test") || parts[1] == "database" && len(parts) > 2 {
		return "", nil
	}
	return parts[1], append([]string{parts[1] + "_"}, alsoOwns["core/"+parts[1]]...)
}

const identifier = `"?([a-z_][a-z0-9_.]*)"?`

var (
	// lower and upper match text that is SQL, or the part of it that names
	// tables. Prose begins differently.
	lower     = regexp.MustCompile(`(?s)^\s*(select\b.*\bfrom\b|insert\s+into\s|update\s+\S+\s.*\bset\s|delete\s+from\s|with\s.*\bas\s|from\s+[a-z]+_|(left\s+|inner\s+)?join\s+[a-z]+_|truncate\s|alter\s+table\s|drop\s+table\s|create\s+(unlogged\s+|temp\s+)?table\s|lock\s+table\s)`)
	upper     = regexp.MustCompile(`(?s)^\s*(SELECT\b.*\bFROM\b|INSERT\s+INTO\s|UPDATE\s+\S+\s.*\bSET\s|DELETE\s+FROM\s|WITH\s.*\bAS\s|FROM\s+[a-z]+_|(LEFT\s+|INNER\s+)?JOIN\s+[a-z]+_|TRUNCATE\s|ALTER\s+TABLE\s|DROP\s+TABLE\s|CREATE\s+(UNLOGGED\s+|TEMP\s+)?TABLE\s|LOCK\s+TABLE\s)`)
	sqlQuoted = regexp.MustCompile(`'[^']*'`)
	sqlRemark = regexp.MustCompile(`--[^\n]*`)
	notTables = regexp.MustCompile(`(?i)\b(distinct\s+from|for\s+(no\s+key\s+)?update|do\s+update\s+set|(extract|substring|trim|overlay)\s*\([^()]*\))`)
	tableName = regexp.MustCompile(`(?i)\b(?:from|join|into|update|truncate|table)\s+(?:only\s+|if\s+(?:not\s+)?exists\s+|lateral\s+|table\s+)*` + identifier + `(\s*\()?`)
	moreNames = regexp.MustCompile(`(?i)\bfrom\s+(` + identifier + `(?:\s+(?:as\s+)?[a-z]+)?(?:\s*,\s*` + identifier + `(?:\s+(?:as\s+)?[a-z]+)?)+)`)
	firstWord = regexp.MustCompile(`^\s*` + identifier)
	queryName = regexp.MustCompile(`(?i)(?:\bwith|,)\s*(?:recursive\s+)?` + identifier + `\s*(?:\([^()]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s+)?\(`)
)

// tablesOf returns the tables that a statement names, or none if the text is not
// a statement.
func tablesOf(text string) []string {
	if !lower.MatchString(text) && !upper.MatchString(text) {
		return nil
	}
	text = sqlRemark.ReplaceAllString(sqlQuoted.ReplaceAllString(text, "''"), " ")
	local := map[string]bool{"select": true, "lateral": true, "values": true}
	for _, name := range queryName.FindAllStringSubmatch(text, -1) {
		local[strings.ToLower(name[1])] = true
	}
	text = notTables.ReplaceAllString(text, " ")
	var found []string
	add := func(name string) {
		if name = strings.ToLower(name); !local[name] && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	for _, table := range tableName.FindAllStringSubmatch(text, -1) {
		// `insert into t (…)` names columns, `from f(…)` calls a function.
		isCall := table[2] != "" && !strings.HasPrefix(strings.ToLower(table[0]), "into") && !strings.HasPrefix(strings.ToLower(table[0]), "table")
		if !isCall {
			add(table[1])
		}
	}
	for _, list := range moreNames.FindAllStringSubmatchIndex(text, -1) {
		items := strings.Split(text[list[2]:list[3]], ",")
		if strings.HasPrefix(strings.TrimSpace(text[list[3]:]), "(") {
			items = items[:len(items)-1] // a function
		}
		for _, item := range items {
			if word := firstWord.FindStringSubmatch(item); word != nil {
				add(word[1])
			}
		}
	}
	return found
}
