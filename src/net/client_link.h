// One client connection: cuts what arrives into frames, sends what it is given, closes politely.
//
//   reading    wait until readable -> one read -> frames told in place -> (step) -> settle() -> wait again
//   sending    tried at once, whole; what the kernel does not take waits until the socket is writable
//   closing    after what was sent is with the kernel: FIN, then whatever still arrives is thrown away until the peer
//              has closed too (closing a socket with unread bytes would cost the peer our last answer)
//
// Lives in one thread. Kept alive by its LinkSet, and by a handler that waits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/link_id.h"
#include "net/admission.h"
#include "net/handler_slot.h"
#include "net/link_sink.h"
#include "net/read_buffer.h"
#include "net/stream.h"
#include "net/write_queue.h"

namespace zabra::net {

class ClientLink;

// What a link needs of the set that it belongs to.
class LinkHome {
 public:
  virtual LinkSink& sink() = 0;
  virtual ChunkPool& chunks() = 0;
  virtual std::size_t frame_max() const = 0;
  virtual void frames_told(ClientLink& link) = 0;  // settle() has to be called when the step is over
  virtual void gone(ClientLink& link) = 0;         // the socket is closed
  virtual void lingers(ClientLink& link) = 0;      // close_now() has to be called when it takes too long

 protected:
  ~LinkHome() = default;
};

class ClientLink final : public std::enable_shared_from_this<ClientLink> {
 public:
  ClientLink(LinkId id, std::unique_ptr<Stream> stream, Admission::Place place, LinkHome& home)
      : id_(id), stream_(std::move(stream)), place_(std::move(place)), home_(home) {}

  LinkId id() const { return id_; }
  void start() { wait_readable(); }
  void send(std::string& bytes);
  void pause_reading() { paused_ = true; }
  void resume_reading();
  void close_after_send();
  void close_now();
  void settle();

 private:
  enum class Input { frames, thrown_away, ended };
  struct Readable;
  struct Writable;

  void wait_readable();
  void wait_writable();
  void on_readable();
  void on_writable();
  void read();
  void input_ended();
  void tell_frames();
  bool tell_one();
  std::size_t write(std::string_view bytes);
  void written(std::size_t bytes);
  void sent_all();
  void end_writing();
  void fail();

  const LinkId id_;
  const std::unique_ptr<Stream> stream_;
  Admission::Place place_;
  LinkHome& home_;
  ReadBuffer buffer_;
  WriteQueue queue_;
  HandlerSlot readable_slot_, writable_slot_;
  Input input_ = Input::frames;
  std::size_t sent_since_drained_ = 0;
  bool first_ = true;            // nothing was consumed yet: a four-letter word may come
  bool paused_ = false;          // by order
  bool in_step_ = false;         // somebody looks at bytes in buffer_
  bool waits_readable_ = false;
  bool waits_writable_ = false;
  bool had_to_wait_ = false;     // for the peer, since on_drained was told
  bool closing_ = false;         // after what was sent
  bool closed_ = false;
};

}  // namespace zabra::net
