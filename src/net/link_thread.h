// One thread of ThreadedLinks.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/asio_types.h"
#include "net/link_set.h"

namespace zabra::net {

class LinkThread {
 public:
  LinkThread(std::size_t index, LinkSink& sink, LinkSettings settings, const std::function<void()>& wake);
  ~LinkThread() { stop(); }

  // ---- the owner's side ----
  enum class Order : std::uint8_t { send, pause_reading, resume_reading, close_after_send, close_now };
  void order(LinkId link, Order order, std::string bytes = {}) {
    letter_.orders.push_back({link, order, std::move(bytes)});
  }
  void adopt(int socket, PeerAddress peer, Admission::Place place);
  void step_begins();
  void step_done();
  void begin_stop();
  void stop();  // waits until all links are closed

 private:
  struct Adopted {
    int socket;
    PeerAddress peer;
    Admission::Place place;
  };
  struct LinkOrder {
    LinkId link;
    Order order;
    std::string bytes;
  };
  struct Letter {
    std::vector<Adopted> adopted;
    std::vector<LinkOrder> orders;
    bool step_done = false;
    bool stop = false;
    bool empty() const { return adopted.empty() && orders.empty() && !step_done && !stop; }
  };

  void post_letter();

  // ---- the thread's side ----
  void run();
  void offer();
  void read_letter();
  void carry_out(LinkOrder& order);

  asio::io_context context_{1};
  LinkSink& sink_;
  LinkSet set_;
  const std::function<void()>& wake_;
  bool with_owner_ = false;  // a batch was offered and its step is not done
  bool stopped_ = false;

  Letter letter_;          // being written by the owner
  bool in_step_ = false;   // the owner took the batch that was offered

  std::mutex mutex_;
  Letter posted_;          // guarded
  bool offered_ = false;   // guarded, with what the sink set aside

  std::thread thread_;
};

}  // namespace zabra::net
