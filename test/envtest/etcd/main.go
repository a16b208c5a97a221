// Command etcd is etcd built from its own module, for the tests' API server:
// the program that Debian has is older than the watch progress of 3.4.31,
// without which an API server refuses to stream a list in a watch.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
