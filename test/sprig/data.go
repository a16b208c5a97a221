package main

// A struct type is called like the field that holds its values, as it is on the other side.
type (
	Mappings struct {
		Tag, Digest     string
		VulnCheckResult *VulnCheckResult
	}
	VulnCheckResult struct {
		Ignored  []Ignored
		Accepted []Accepted
		Rejected []Rejected
	}
	Ignored struct {
		ID         string
		CVSS, Risk float32
		Desc       string
	}
	Accepted struct {
		ID         string
		CVSS, Risk float32
		Desc       string
	}
	Rejected struct {
		ID           string
		CVSS, Risk   float32
		Desc, Reason string
	}
	Rejections struct {
		ID           string
		CVSS, Risk   float32
		Desc, Reason string
		Images       []string
	}
)

// report is what a template for the report of the gate is given.
func report() any {
	type data struct {
		Mappings      map[string]Mappings
		Rejections    map[string]Rejections
		UnusedIgnores []string
	}
	return data{
		Mappings: map[string]Mappings{
			"nginx:1.25": {
				Tag: "r.example/imp/nginx:1.25", Digest: "sha256:aaaa",
				VulnCheckResult: &VulnCheckResult{
					Ignored:  []Ignored{{ID: "CVE-2023-0001", CVSS: 9.8, Risk: 0.04, Desc: "an old one"}},
					Accepted: []Accepted{{ID: "CVE-2024-1000", CVSS: 3.1, Risk: 1e-7, Desc: ""}},
					Rejected: []Rejected{
						{ID: "CVE-2024-1234", CVSS: 9.1, Risk: 42.5, Desc: "<script> & \"co\"", Reason: "cvss 9.1 > 7"},
						{ID: "CVE-2024-2345", CVSS: 7.5, Risk: 0, Desc: "line one\nline two", Reason: "cvss 7.5 > 7"},
					},
				},
			},
			"alpine": {
				Tag: "r.example/imp/alpine:latest", Digest: "sha256:bbbb",
				VulnCheckResult: &VulnCheckResult{},
			},
			"zot:1": {Tag: "r.example/imp/zot:1", Digest: "sha256:cccc"},
		},
		Rejections: map[string]Rejections{
			"CVE-2024-2345": {
				ID: "CVE-2024-2345", CVSS: 7.5, Desc: "line one\nline two", Reason: "cvss 7.5 > 7",
				Images: []string{"r.example/imp/nginx@sha256:aaaa"},
			},
			"CVE-2024-1234": {
				ID: "CVE-2024-1234", CVSS: 9.1, Risk: 42.5, Desc: "<script> & \"co\"", Reason: "cvss 9.1 > 7",
				Images: []string{"r.example/imp/nginx@sha256:aaaa", "r.example/imp/redis@sha256:dddd"},
			},
		},
		UnusedIgnores: []string{"CVE-2020-1", "CVE-2020-2"},
	}
}

type (
	Point struct{ X, Y int }
	Flat  struct {
		Name string
		N    int
		F    float64
		G    float32
		B    bool
	}
	Nil  struct{ Name string }
	Deep struct {
		Name string
		List []string
		Map  map[string]int
		Flat Flat
	}
)

// values has one of every kind of value.
func values() any {
	type data struct {
		Text, Empty, Wide   string
		Int, Zero, Negative int
		Float, Whole        float64
		Small, Third        float32
		Yes, No             bool
		Texts, None         []string
		Ints                []int
		Floats              []float64
		Smalls              []float32
		Mixed               []any
		Lists               [][]string
		Point               []Point
		Map                 map[string]int
		Any                 map[string]any
		Nested              map[string]map[string]string
		NoMap               map[string]string
		Flat                Flat
		Deep                Deep
		Nil                 *Nil
	}
	return data{
		Text: "Hello, World", Wide: "héllo wörld ☃", Int: 7, Negative: -3, Float: 1.5, Whole: 1e21,
		Small: 9.8, Third: 1.0 / 3, Yes: true,
		Texts: []string{"b", "c", "a"}, None: []string{}, Ints: []int{3, 1, 2},
		Floats: []float64{0.5, 2, 1e-7}, Smalls: []float32{0.1, 7.5},
		Mixed: []any{"x", 1, 2.5, true, nil, []any{"y", 2}, map[string]any{"k": "v"}},
		Lists: [][]string{{"a", "b"}, {"c"}},
		Point: []Point{{1, 2}, {3, 4}},
		Map:   map[string]int{"one": 1, "two": 2, "a": 0},
		Any: map[string]any{
			"s": "text", "n": 1, "l": []any{1, "two"}, "m": map[string]any{"x": map[string]any{"y": "deep"}}, "nil": nil,
		},
		Nested: map[string]map[string]string{"a": {"b": "c", "d": "e"}},
		NoMap:  map[string]string{},
		Flat:   Flat{"flat", 1, 2.5, 0.1, true},
		Deep:   Deep{"deep", []string{"p", "q"}, map[string]int{"k": 9}, Flat{"in", 2, 0, 0, false}},
	}
}
