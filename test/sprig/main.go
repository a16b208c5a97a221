// Command sprig runs Go's text/template, with the functions of sprig where a case wants them, over the templates
// of cases.json and prints what each gives with the data they were given, as the JSON that fixtures.json holds:
//
//	go run . > fixtures.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

type group struct {
	About     string   `json:"about"`
	Data      string   `json:"data"`
	Sprig     bool     `json:"sprig"`
	Templates []string `json:"templates"`
}

type fixture struct {
	Data     string  `json:"data"`
	Sprig    bool    `json:"sprig"`
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Error    string  `json:"error,omitempty"`
}

type fixtures struct {
	Data  map[string]any `json:"data"`
	Cases []fixture      `json:"cases"`
}

// run runs one template; data that a template changes must be fresh for each.
func run(g group, text string, value any) fixture {
	result := fixture{Data: g.Data, Sprig: g.Sprig, Template: text}
	t := template.New("t")
	if g.Sprig {
		t = t.Funcs(sprig.TxtFuncMap())
	}
	t, err := t.Parse(text)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	var out strings.Builder
	if err := t.Execute(&out, value); err != nil {
		result.Error = err.Error()
		return result
	}
	s := out.String()
	result.Output = &s
	return result
}

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate() error {
	time.Local = time.UTC
	for name, value := range map[string]string{"GREETING": "hello", "EMPTY": ""} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	raw, err := os.ReadFile("cases.json")
	if err != nil {
		return err
	}
	var groups []group
	if err := json.Unmarshal(raw, &groups); err != nil {
		return err
	}
	sources := map[string]func() any{"report": report, "values": values}
	result := fixtures{Data: map[string]any{}, Cases: []fixture{}}
	for name, source := range sources {
		result.Data[name] = encode(reflect.ValueOf(source()))
	}
	for _, g := range groups {
		for _, text := range g.Templates {
			result.Cases = append(result.Cases, run(g, text, sources[g.Data]()))
		}
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(result)
}
