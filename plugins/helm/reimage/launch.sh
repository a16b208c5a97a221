#!/bin/sh
# Runs reimage for Helm 4: the one this plugin came with, or else the one on the PATH.
# Helm drops what a plugin says on standard error, so faults go to the file of the log as well.

fail() {
  file=${REIMAGE_LOG:-}
  previous=
  for argument; do
    case $previous in -log-file | --log-file) file=$argument ;; esac
    case $argument in -log-file=* | --log-file=*) file=${argument#*=} ;; esac
    previous=$argument
  done
  line="time=$(date -u +%Y-%m-%dT%H:%M:%SZ) level=ERROR msg=\"$fault\""
  echo "$line" >&2
  if [ -n "$file" ]; then (umask 077 && echo "$line" >>"$file"); fi
  exit 1
}

# Helm links to a folder that it installs; the package is where the link leads.
package=$(cd -P -- "$(dirname -- "$0")/../../.." 2>/dev/null && pwd)
if [ -f "$package/dist/reimage.js" ]; then
  if command -v node >/dev/null; then exec node "$package/dist/reimage.js" "$@"; fi
  fault='node is not on the PATH: install Node.js 22.19 or later'
elif command -v reimage >/dev/null; then
  exec reimage "$@"
else
  fault='reimage is neither on the PATH nor beside this Helm plugin: npm install -g tallyman'
fi
fail "$@"
