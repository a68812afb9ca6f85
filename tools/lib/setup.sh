# Sourced by tools/run, tools/test and .ci/run: install what is missing, configure, build. Each does nothing where
# nothing is to do. All that is said here goes to stderr: stdout belongs to the program.

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# The one list of packages, by their names in Debian 12 and Ubuntu 24.04.
packages=(
  cmake ninja-build g++
  libboost-dev libboost-program-options-dev libeigen3-dev libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libtbb-dev zlib1g-dev
  libprotobuf-dev protobuf-compiler
  libgtest-dev libgmock-dev
  dataset-fashion-mnist
)
ci_packages=(git clang-format-16 clang-tidy-16 libsimgrid-dev libopenmpi-dev openmpi-bin iproute2)

say() { echo "syncline: $*" >&2; }
fail() {
  say "$@"
  exit 1
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

# Runs a command whose output matters only where it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    fail "failed: $*"
  fi
  rm -f "$log"
}

# install_packages PACKAGE...: by apt, those that are missing. SYNCLINE_NO_APT=1: trust that all is there.
install_packages() {
  [[ -z ${SYNCLINE_NO_APT:-} ]] || return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail "this is neither Debian nor Ubuntu. Install what these packages hold, then run again with SYNCLINE_NO_APT=1: $*"
  fi
  local installed missing=() package
  # A package that dpkg has never heard of makes it fail, which is no news here.
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  say "installing ${missing[*]}"
  if ((EUID != 0)) && ! { command -v sudo >/dev/null && sudo env true </dev/null; }; then
    fail "you are not root, and sudo is missing or refuses; let an administrator run: apt-get install ${missing[*]}"
  fi
  as_root apt-get update -qq </dev/null >&2 || say "the package lists could not all be refreshed; going on with those there are"
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "${missing[@]}"
}

# build PRESET TARGET...: into build/PRESET.
build() {
  local preset=$1 folder=$root/build/$1 progress=()
  shift
  local built=$folder/built-$1
  # A folder without build.ninja was never configured to its end; one that names another place has been moved.
  if [[ ! -e $folder/build.ninja ]] || ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    say "configuring build/$preset"
    (cd "$root" && quietly cmake --fresh --preset "$preset")
  fi
  if [[ -e $built ]]; then
    progress=(--quiet)
  else
    say "building build/$preset; the first time takes minutes"
  fi
  cmake --build "$folder" --target "$@" --parallel "$(nproc)" -- "${progress[@]}" >&2
  touch "$built"
}
