# Sourced by bin/run: an ensemble on this machine, for a developer's first look and for trying what fail-over does.
#
#   run_ensemble BINARY SIZE
#
# Server N: client port base + N - 1, quorum and election ports alike, everything else in $ZABRA_DATA/N. Each server is in
# a session of its own, so that the terminal's Ctrl-C reaches this script alone, and is told to end when the script is gone.

ensemble_settings() {
  ensemble_size=$1
  ensemble_data=${ZABRA_DATA:-data/ensemble}
  client_port=${ZABRA_CLIENT_PORT:-2181}
  quorum_port=${ZABRA_QUORUM_PORT:-2888}
  election_port=${ZABRA_ELECTION_PORT:-3888}
  connect_string=''
  local number
  for (( number = 1; number <= ensemble_size; ++number )); do
    connect_string+=${connect_string:+,}127.0.0.1:$(( client_port + number - 1 ))
  done
  exec {idle}<> <(:)  # never has anything to read
  server_pids=()  # by the server's number; those that have ended are taken out
}

refuse() {
  echo "bin/run: $*" >&2
  exit 2
}

refuse_taken_ports() {
  local number port taken=()
  for (( number = 0; number < ensemble_size; ++number )); do
    for port in $(( client_port + number )) $(( quorum_port + number )) $(( election_port + number )); do
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && taken+=("$port")
    done
  done
  (( ${#taken[@]} == 0 )) || refuse "in use on 127.0.0.1: port ${taken[*]} (is another server running?" \
    "other ports: bin/run --help)"
}

# What another size has written is not whole: a quorum of five may lack what three of them knew.
refuse_other_size() {
  local conf=$ensemble_data/1/zoo.cfg size
  [[ -e $conf ]] || return 0
  size=$(grep -c '^server\.' "$conf") || true
  (( size == ensemble_size )) || refuse "$ensemble_data is that of $size servers: move it away, or name another directory" \
    "with ZABRA_DATA"
}

write_configuration() {
  local number directory peer
  for (( number = 1; number <= ensemble_size; ++number )); do
    directory=$ensemble_data/$number
    mkdir -p "$directory"
    echo "$number" >"$directory/myid"
    {
      echo "# Written by bin/run --ensemble, at each start."
      printf '%s=%s\n' tickTime 2000 initLimit 10 syncLimit 5 dataDir "$(realpath "$directory")" \
        clientPort $(( client_port + number - 1 )) clientPortAddress 127.0.0.1 4lw.commands.whitelist '*'
      for (( peer = 1; peer <= ensemble_size; ++peer )); do
        printf 'server.%s=127.0.0.1:%s:%s;127.0.0.1:%s\n' "$peer" \
          $(( quorum_port + peer - 1 )) $(( election_port + peer - 1 )) $(( client_port + peer - 1 ))
      done
    } >"$directory/zoo.cfg"
  done
}

start_servers() {
  local number
  for (( number = 1; number <= ensemble_size; ++number )); do
    setsid setpriv --pdeathsig TERM "$1" server "$ensemble_data/$number/zoo.cfg" \
      >>"$ensemble_data/$number/server.log" 2>&1 </dev/null &
    server_pids[number]=$!
  done
}

# From here on nothing is forked but servers: a Ctrl-C that reaches some other program of ours could be taken by it.
pause() { read -rt "$1" -u "$idle" || true; }

# Sets `mode`: leader, follower, or nothing.
ask_mode() {
  local line
  mode=''
  { exec 3<>"/dev/tcp/127.0.0.1/$(( client_port + $1 - 1 ))"; } 2>/dev/null || return 0
  printf srvr >&3
  while read -rt 2 line <&3; do
    [[ $line == "Mode: "* ]] && mode=${line#Mode: }
  done
  exec 3>&-
}

# Sets `leader` once every server leads or follows. Fails when a server has ended, or after a minute.
wait_for_leader() {
  local number mode serving until=$(( SECONDS + 60 ))
  while (( SECONDS < until )); do
    leader='' serving=0
    for number in "${!server_pids[@]}"; do
      [[ -z $ending && -d /proc/${server_pids[number]} ]] || return 1
      ask_mode "$number"
      [[ $mode == leader ]] && leader=$number
      [[ -n $mode ]] && serving=$(( serving + 1 ))
    done
    [[ -n $leader ]] && (( serving == ensemble_size )) && return
    pause 0.1
  done
  echo "bin/run: no leader after a minute; the servers' logs are in $ensemble_data/*/server.log" >&2
  return 1
}

tell_how_to_connect() {
  local ports=$client_port..$(( client_port + ensemble_size - 1 ))
  say "$ensemble_size servers, number $leader leads; Ctrl-C ends them"
  printf '   %-17s%s\n' "connect string" "$connect_string" \
    "a table" "$binary status 127.0.0.1:$client_port" \
    "logs and data" "$ensemble_data/*/   (server.log, zoo.cfg, version-2)" \
    "a glance" "for p in {$ports}; do exec 3<>/dev/tcp/127.0.0.1/\$p; printf srvr >&3; grep Mode <&3; done" \
    "a fail-over" "kill -9 ${server_pids[leader]}"
}

# Until no server is left. It looks instead of waiting: a signal that comes just before a wait would be waited over.
watch_servers() {
  local number
  while (( ${#server_pids[@]} > 0 )); do
    for number in "${!server_pids[@]}"; do
      [[ -d /proc/${server_pids[number]} ]] || note_end "$number"
    done
    pause 0.1
  done
}

note_end() {
  local number=$1 code=0 line last=''
  wait "${server_pids[number]}" || code=$?
  unset "server_pids[$number]"
  (( code <= worst )) || worst=$code
  [[ -n $ending ]] && (( code == 0 )) && return
  while read -r line; do last=$line; done <"$ensemble_data/$number/server.log"
  say "server $number has ended, exit code $code; its last line in $ensemble_data/$number/server.log:"
  echo "$last"
}

# The first asks the servers to end, a second ends them at once.
on_signal() {
  if [[ -n $ending ]]; then
    kill -KILL "${server_pids[@]}" 2>/dev/null
  else
    ending=yes worst=0
    say "ending ${#server_pids[@]} servers"
    ask_to_end
  fi
}

# Each once: a server takes a second SIGTERM for impatience.
ask_to_end() {
  local number
  for number in "${!server_pids[@]}"; do
    [[ -n ${asked[number]:-} ]] && continue
    asked[number]=yes
    kill -TERM "${server_pids[number]}" 2>/dev/null
  done
}

run_ensemble() {
  local binary=$1 leader='' ending='' worst=0 asked=()
  case $2 in 3|5|7) ;; *) refuse "an ensemble has 3, 5 or 7 servers, not '$2'" ;; esac
  ensemble_settings "$2"
  refuse_taken_ports
  refuse_other_size
  write_configuration
  trap on_signal INT TERM
  set +e  # what fails from here on must not keep the servers from being ended
  start_servers "$binary"
  if wait_for_leader; then
    tell_how_to_connect
  else
    worst=1
    ask_to_end
  fi
  watch_servers
  [[ -n $ending ]] || echo "bin/run: no server is left" >&2
  return "$worst"
}
