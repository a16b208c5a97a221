// Command gotemplate runs Go's text/template over the templates of cases.json
// and prints what each gives, as the JSON that fixtures.json holds:
//
//	go run . > fixtures.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

// data is what a rename template sees: a struct, so that an unknown field is an error.
type data struct {
	RemotePath, Registry, Repository, Tag, Digest, DigestAlgo, DigestHex string
}

type group struct {
	About     string   `json:"about"`
	Templates []string `json:"templates"`
}

type cases struct {
	Data   data    `json:"data"`
	Groups []group `json:"groups"`
}

type fixture struct {
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Error    string  `json:"error,omitempty"`
}

func run(text string, value data) fixture {
	t, err := template.New("t").Parse(text)
	if err != nil {
		return fixture{Template: text, Error: err.Error()}
	}
	var out strings.Builder
	if err := t.Execute(&out, value); err != nil {
		return fixture{Template: text, Error: err.Error()}
	}
	s := out.String()
	return fixture{Template: text, Output: &s}
}

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate() error {
	raw, err := os.ReadFile("cases.json")
	if err != nil {
		return err
	}
	var input cases
	if err := json.Unmarshal(raw, &input); err != nil {
		return err
	}
	fixtures := []fixture{}
	for _, g := range input.Groups {
		for _, text := range g.Templates {
			fixtures = append(fixtures, run(text, input.Data))
		}
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(fixtures)
}
