package main

import (
	"fmt"
	"reflect"
)

// encode writes a value with its types, for the side that has none: strings, booleans and nil are themselves,
// everything else is an object with one key.
func encode(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.String, reflect.Bool:
		return v.Interface()
	case reflect.Int:
		return map[string]any{"int": fmt.Sprint(v.Int())}
	case reflect.Float64:
		return map[string]any{"float64": v.Float()}
	case reflect.Float32:
		return map[string]any{"float32": v.Interface()}
	case reflect.Interface, reflect.Pointer:
		return encode(v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		items := []any{}
		for i := range v.Len() {
			items = append(items, encode(v.Index(i)))
		}
		return map[string]any{"list": items}
	case reflect.Map:
		entries := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			entries[it.Key().String()] = encode(it.Value())
		}
		return map[string]any{"map": entries}
	case reflect.Struct:
		fields := [][]any{}
		for i := range v.NumField() {
			fields = append(fields, []any{v.Type().Field(i).Name, encode(v.Field(i))})
		}
		return map[string]any{"struct": fields}
	}
	panic(v.Type().String())
}
