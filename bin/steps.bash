# Shared by bin/run and bin/test, which source it from the project's root: packages, configure, build.

say() { printf '\n== %s\n' "$*"; }

# packages_of build test: the names under those headings of bin/packages.
packages_of() {
  awk -v wanted=" $* " '/^\[/ { gsub(/[][]/, ""); on = index(wanted, " " $0 " ") > 0; next } on && !/^#/ && NF' bin/packages
}

missing_of() {
  local name
  for name in $(packages_of "$@"); do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) == ii* ]] || echo "$name"
  done
}

# Installs what is missing; says nothing and takes a blink when nothing is.
install_packages() {
  local missing root=()
  missing=$(missing_of "$@")
  [[ -z $missing ]] && return
  say "installing Debian packages:" $missing
  [[ $(id -u) == 0 ]] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# As many compilers as there are processors, but at most one for each 1.5 GB of free memory: a file full of Asio takes that.
jobs_that_fit() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  (( memory < 1 )) && memory=1
  echo $(( memory < processors ? memory : processors ))
}

# build PRESET [TARGET...]; works under "if" too, where "set -e" sleeps.
build() {
  local preset=$1; shift
  say "configuring $preset" &&
  cmake --preset "$preset" &&
  say "building $preset with $(jobs_that_fit) jobs" &&
  ninja -C "build/$preset" -j "$(jobs_that_fit)" "$@"
}
