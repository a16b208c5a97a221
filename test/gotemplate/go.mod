module tallyman.example/gotemplate

go 1.24
