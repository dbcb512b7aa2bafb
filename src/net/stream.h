// The bytes under a link: plain TCP now, TLS or "decided by the first bytes" later, behind the same calls. Nothing here
// blocks.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "net/asio_types.h"

namespace zabra::net {

// What came of a try to move bytes. A TLS stream may have to wait for the other direction than the one it was asked
// for.
enum class Flow { moved, wait_readable, wait_writable, ended, failed };
struct Moved {
  Flow flow{};
  std::size_t bytes = 0;  // only with `moved`
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual Moved read(std::span<char> into) = 0;        // `ended`: the peer sends nothing more
  virtual Moved write(std::string_view bytes) = 0;
  virtual void end_writing() = 0;                      // tells the peer that nothing more will come
  virtual TcpSocket& socket() = 0;                     // what to wait on; closing it closes the stream
};

std::unique_ptr<Stream> plain_stream(TcpSocket socket);
// Small messages go out at once; with `keep_alive` the system finds out that the other end of a silent link is gone.
void set_link_options(int socket, bool keep_alive);
// Of an accepted socket, which is closed when that fails, and there is no stream.
std::unique_ptr<Stream> plain_stream(asio::io_context& context, int socket);

}  // namespace zabra::net
