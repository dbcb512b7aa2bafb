// One connection: reads what arrives, sends what it is given, closes politely. What the bytes mean is for who derives
// from it: a client's are frames, another server's a stream.
//
//   reading    wait until readable -> one read -> told in place -> (step) -> settle() -> wait again
//   sending    tried at once, whole; what the kernel does not take waits until the socket is writable
//   closing    after what was sent is with the kernel: FIN, then whatever still arrives is thrown away until the peer
//              has closed too (closing a socket with unread bytes would cost the peer our last answer)
//
// Lives in one thread. Kept alive by its LinkTable, and by a handler that waits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/link_id.h"
#include "net/admission.h"
#include "net/handler_slot.h"
#include "net/read_buffer.h"
#include "net/stream.h"
#include "net/write_queue.h"

namespace zabra::net {

class LinkTable;

class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(LinkId id, std::unique_ptr<Stream> stream, Admission::Place place, LinkTable& table)
      : id_(id), stream_(std::move(stream)), place_(std::move(place)), table_(table) {}
  virtual ~Link() = default;

  LinkId id() const { return id_; }
  void start() { wait_readable(); }
  void send(std::string& bytes);
  void pause_reading() { paused_ = true; }
  void resume_reading();
  void close_after_send();
  void close_now();
  void settle();

 protected:
  bool is_told() const { return input_ == Input::told; }
  // What still comes is read, and nobody learns of it.
  void tell_no_more() { input_ = Input::thrown_away; }
  // Closes, and tells it.
  void fail();

 private:
  enum class Input { told, thrown_away, ended };
  struct Readable;
  struct Writable;

  // Tells what can be told of the unread bytes, and consumes it; false if that was nothing.
  virtual bool tell_input(ReadBuffer& buffer) = 0;
  virtual void tell_input_ended() = 0;
  virtual void tell_drained() = 0;
  virtual void tell_closed() = 0;

  void wait_readable();
  void wait_writable();
  void on_readable();
  void on_writable();
  void read();
  void input_ended();
  void received(std::size_t bytes);
  std::size_t write(std::string_view bytes);
  void sent_all();
  void end_writing();

  const LinkId id_;
  const std::unique_ptr<Stream> stream_;
  Admission::Place place_;
  LinkTable& table_;
  ReadBuffer buffer_;
  WriteQueue queue_;
  HandlerSlot readable_slot_, writable_slot_;
  Input input_ = Input::told;
  std::size_t sent_since_drained_ = 0;
  bool paused_ = false;          // by order
  bool in_step_ = false;         // somebody looks at bytes in buffer_
  bool waits_readable_ = false;
  bool waits_writable_ = false;
  bool had_to_wait_ = false;     // for the peer, since it was told drained
  bool closing_ = false;         // after what was sent
  bool closed_ = false;
};

}  // namespace zabra::net
