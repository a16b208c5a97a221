module tallyman.example/gojson

go 1.24
