package guard

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pure are the packages that decide, and what each of them may import of the project. Besides that
// they may use the plain standard library: what computes, and nothing that looks at the world.
var pure = map[string][]string{
	"money":  nil,
	"number": {"github.com/nyaruka/phonenumbers"}, // its numbering data
	"rates":  {"money"},
	"limits": {"money", "rates"},
	"abuse":  {"limits", "number"},
	"guard":  {"abuse", "limits", "money", "number", "rates"},
}

// plain are the packages of the standard library that neither look at the world nor act on it.
var plain = []string{
	"bufio", "bytes", "cmp", "container/heap", "encoding/csv", "encoding/json", "errors", "fmt", "hash/fnv", "io", "iter", "maps", "math",
	"math/bits", "path", "regexp", "regexp/syntax", "slices", "strconv", "strings", "sync", "time", "unicode", "unicode/utf16", "unicode/utf8",
}

const module = "github.com/fraudguard/fraudguard/"

// clocks are what package time has besides arithmetic.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker", "LoadLocation", "Local"}

// TestPure: no clock is read and no goroutine begun where decisions are made.
func TestPure(t *testing.T) {
	for name := range pure {
		p, err := build.Default.ImportDir("../"+name, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range p.GoFiles {
			files := token.NewFileSet()
			tree, err := parser.ParseFile(files, filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s begins a goroutine", files.Position(n.Pos()))
				case *ast.SelectorExpr:
					if from, ok := n.X.(*ast.Ident); ok && from.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
						t.Errorf("%s uses time.%s", files.Position(n.Pos()), n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

// TestImports holds the packages that decide to their purity.
func TestImports(t *testing.T) {
	for name, allowed := range pure {
		p, err := build.Default.ImportDir("../"+name, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range p.Imports {
			own := strings.TrimPrefix(path, module)
			if !slices.Contains(plain, path) && !slices.Contains(allowed, own) {
				t.Errorf("%s may not import %s", name, path)
			}
		}
	}
}
