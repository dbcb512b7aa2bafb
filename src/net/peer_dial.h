// One try to reach another server: each of its addresses in turn, names looked up anew, until a connection stands or
// the time is over.
//
//   time for one step (a look-up, or one address) = time left / steps known to be left
//
// so an address behind which packets vanish does not use up the time of those after it. Look-ups run in a thread of
// Asio's. Answered exactly once, never from within start(), and not at all after abandon().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/ip/basic_resolver.hpp>
#include <asio/steady_timer.hpp>

#include "net/asio_types.h"
#include "wire/host_port.h"
#include "wire/result.h"

namespace zabra::net {

class PeerDial final : public std::enable_shared_from_this<PeerDial> {
 public:
  // A connected, non-blocking socket, or why there is none: the last reason for each address.
  using Answer = std::function<void(Result<TcpSocket> outcome)>;

  PeerDial(asio::io_context& context, std::vector<wire::HostPort> addresses, std::int64_t timeout_ms);
  void start(Answer answer);
  void abandon();

 private:
  using Clock = std::chrono::steady_clock;
  using Endpoint = asio::ip::tcp::endpoint;
  using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

  // A handler that does nothing once another step has begun.
  template <class Then>
  auto in_this_step(Then then);

  void next_step();
  void look_up(const wire::HostPort& address);
  void looked_up(const asio::error_code& error, const Resolver::results_type& found);
  void connect(const Endpoint& to);
  void connected(const asio::error_code& error);
  void begin_step();
  void step_failed(std::string_view why);
  void answer(Result<TcpSocket> outcome);

  TcpSocket socket_;
  Resolver resolver_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer_;
  const std::vector<wire::HostPort> addresses_;
  const std::chrono::milliseconds timeout_;
  Clock::time_point deadline_;
  Answer answer_;                     // empty: the dial is over
  std::size_t next_address_ = 0;      // to be looked up
  std::vector<Endpoint> endpoints_;   // of the address before, to be tried; the last comes first
  std::string step_;                  // whom it tries to reach
  std::uint64_t step_number_ = 0;
  std::string reasons_;
};

}  // namespace zabra::net
