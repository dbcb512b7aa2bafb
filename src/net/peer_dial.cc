#include "net/peer_dial.h"

#include <algorithm>

#include <asio/ip/address.hpp>
#include <asio/post.hpp>

#include "base/log.h"
#include "net/stream.h"

namespace zabra::net {
namespace {

// To a free port of our own machine a socket can connect with itself.
bool is_with_itself(const TcpSocket& socket) {
  asio::error_code no_local, no_remote;
  const auto local = socket.local_endpoint(no_local), remote = socket.remote_endpoint(no_remote);
  return !no_local && !no_remote && local == remote;
}

}  // namespace

PeerDial::PeerDial(asio::io_context& context, std::vector<wire::HostPort> addresses, std::int64_t timeout_ms)
    : socket_(context),
      resolver_(context),
      timer_(context),
      addresses_(std::move(addresses)),
      timeout_(timeout_ms) {}

template <class Then>
auto PeerDial::in_this_step(Then then) {
  return [dial = shared_from_this(), number = step_number_, then](const asio::error_code& error, const auto&... rest) {
    if (dial->answer_ && dial->step_number_ == number) then(*dial, error, rest...);
  };
}

void PeerDial::start(Answer answer) {
  answer_ = std::move(answer);
  deadline_ = Clock::now() + timeout_;
  asio::post(socket_.get_executor(), [dial = shared_from_this()] {
    if (dial->answer_) dial->next_step();
  });
}

void PeerDial::abandon() {
  answer_ = nullptr;
  timer_.cancel();
  resolver_.cancel();
  asio::error_code ignored;
  socket_.close(ignored);
}

void PeerDial::next_step() {
  if (!endpoints_.empty()) {
    const Endpoint to = endpoints_.back();
    endpoints_.pop_back();
    connect(to);
  } else if (next_address_ < addresses_.size()) {
    look_up(addresses_[next_address_++]);
  } else {
    answer(Fault{reasons_.empty() ? "it has no address" : reasons_});
  }
}

// Gives the step that begins its share of the time.
void PeerDial::begin_step() {
  ++step_number_;
  const Clock::time_point now = Clock::now();
  const auto left = std::max(deadline_ - now, Clock::duration::zero());
  const std::size_t steps = 1 + endpoints_.size() + (addresses_.size() - next_address_);
  timer_.expires_at(now + left / steps);
  timer_.async_wait(
      in_this_step([](PeerDial& dial, const asio::error_code&) { dial.step_failed("no answer in time"); }));
}

void PeerDial::step_failed(std::string_view why) {
  reasons_ += text(reasons_.empty() ? "" : "; ", step_, ": ", why);
  next_step();
}

// ---- names ----

void PeerDial::look_up(const wire::HostPort& address) {
  asio::error_code is_name;
  const auto number = asio::ip::make_address(address.host, is_name);
  if (!is_name) return connect({number, address.port});
  step_ = wire::to_string(address);
  begin_step();
  resolver_.async_resolve(address.host, std::to_string(address.port), Resolver::numeric_service,
                          in_this_step([](PeerDial& dial, const asio::error_code& error, const auto& found) {
                            dial.looked_up(error, found);
                          }));
}

void PeerDial::looked_up(const asio::error_code& error, const Resolver::results_type& found) {
  if (error) return step_failed(error.message());
  for (const auto& entry : found) endpoints_.push_back(entry.endpoint());
  std::reverse(endpoints_.begin(), endpoints_.end());
  next_step();
}

// ---- connections ----

void PeerDial::connect(const Endpoint& to) {
  step_ = wire::to_string(wire::HostPort{to.address().to_string(), to.port()});
  begin_step();
  asio::error_code error;
  socket_.close(error);
  if (socket_.open(to.protocol(), error); error) return step_failed(error.message());
  socket_.async_connect(to, in_this_step([](PeerDial& dial, const asio::error_code& why) { dial.connected(why); }));
}

void PeerDial::connected(const asio::error_code& error) {
  if (error) return step_failed(error.message());
  if (is_with_itself(socket_)) return step_failed("nobody listens");
  set_link_options(socket_.native_handle(), true);
  answer(std::move(socket_));
}

void PeerDial::answer(Result<TcpSocket> outcome) {
  timer_.cancel();
  asio::error_code ignored;
  socket_.close(ignored);
  std::exchange(answer_, nullptr)(std::move(outcome));
}

}  // namespace zabra::net
