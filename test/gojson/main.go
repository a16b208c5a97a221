// Command gojson prints what Go's encoding/json makes of values whose form is
// easy to get wrong, as the JSON that fixtures.json holds:
//
//	go run . > fixtures.json
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
)

type text struct {
	Text string `json:"text"`
	JSON string `json:"json"`
}

type float struct {
	Bits string `json:"bits"`
	JSON string `json:"json"`
}

type finding struct {
	ID   string
	CVSS float32
	Risk float32
	Desc string
}

type result struct {
	Ignored, Accepted, Rejected []finding
}

type fixtures struct {
	Texts   []text  `json:"texts"`
	Keys    string  `json:"keys"`
	Record  string  `json:"record"`
	Float32 []float `json:"float32"`
	Float64 []float `json:"float64"`
}

func marshal(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// sequence is a small generator, so that every run draws the same numbers.
type sequence uint64

func (s *sequence) next() uint64 {
	*s ^= *s << 13
	*s ^= *s >> 7
	*s ^= *s << 17
	return uint64(*s)
}

func main() {
	var f fixtures
	for r := rune(0); r < 0x100; r++ {
		f.addText(string(r))
	}
	for _, s := range []string{"", "nginx:1.25", "<a href=\"x\">&amp;</a>", "\u2027\u2028\u2029\u202a", "\ufffd", "\ufeff", "é😀", "a\\b/c"} {
		f.addText(s)
	}
	f.Keys = marshal(map[string]int{"b": 1, "a": 2, "\uff5e": 3, "😀": 4, "": 5, "a<b": 6, "é": 7, "10": 8, "9": 9, "Z": 10})
	f.Record = marshal(map[string]result{"x": {
		Accepted: []finding{{"CVE-2024-1", 5.3, 0.04, "a <b>"}, {"CVE-2024-2", 0, 1e-9, ""}},
		Rejected: []finding{},
	}})
	for e := 0; e < 255; e++ {
		for _, m := range []uint32{0, 1, 0x7fffff, 0x400000} {
			f.addFloat32(uint32(e)<<23 | m)
		}
	}
	s := sequence(88172645463325252)
	for i := 0; i < 500; i++ {
		f.addFloat32(uint32(s.next()))
		f.addFloat64(s.next())
	}
	for _, v := range []float64{0, math.Copysign(0, -1), 1, 10, 100, 5.3, 9.8, 0.04, 1e-6, 9.99e-7, 1e-7, 1.5e-7, 1e20, 1e21, 123456789, 1e-10, 0.1, 7.25} {
		f.addFloat32(math.Float32bits(float32(v)))
		f.addFloat64(math.Float64bits(v))
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	if err := e.Encode(f); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (f *fixtures) addText(s string) {
	f.Texts = append(f.Texts, text{s, marshal(s)})
}

func (f *fixtures) addFloat32(bits uint32) {
	v := math.Float32frombits(bits)
	if !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) {
		f.Float32 = append(f.Float32, float{fmt.Sprintf("%08x", bits), marshal(v)})
	}
}

func (f *fixtures) addFloat64(bits uint64) {
	v := math.Float64frombits(bits)
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		f.Float64 = append(f.Float64, float{fmt.Sprintf("%016x", bits), marshal(v)})
	}
}
