// Where the servers are, as users of ZooKeeper write it: "host:port,host:port/path". A port may be missing (2181), an IPv6
// address stands in brackets, and all paths that the client names are below the path at the end, its chroot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/chroot.h"
#include "wire/host_port.h"
#include "wire/result.h"

namespace zabra::client {

struct ConnectString {
  std::vector<wire::HostPort> servers;  // at least one
  Chroot chroot;
};
Result<ConnectString> parse_connect_string(std::string_view text);

}  // namespace zabra::client
